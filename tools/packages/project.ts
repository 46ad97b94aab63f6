import type { Package } from '../bundle.ts'

/** Where the project is: written into every package. */
export const PROJECT = 'https://github.com/keyhold/keyhold'

/** What a published package says beside what its workspace says. */
export interface Published {
  /** The oldest Node that it runs on. */
  node: string
  keywords: readonly string[]
  files: readonly string[]
}

const SHARED = ['kms', 'aws-kms', 'encryption', 'key-management']

/**
 * Not in the workspaces' own manifests: `npm ci` in a checkout starts with any Node and brings the one that runs the code, and would
 * warn of each.
 */
export const PUBLISHED: Readonly<Record<Package, Published>> = {
  protocol: { node: '>=22', keywords: [...SHARED, 'sigv4', 'iam', 'sts'], files: ['dist'] },
  client: {
    node: '>=22.3',
    keywords: [...SHARED, 'envelope-encryption', 'aws-encryption-sdk', 'streams'],
    files: ['dist'],
  },
  server: { node: '>=24', keywords: [...SHARED, 'server', 'self-hosted', 'iam', 'testing'], files: ['dist'] },
  cli: {
    node: '>=24',
    keywords: [...SHARED, 'cli', 'server', 'self-hosted', 'envelope-encryption', 'secrets', 'testing'],
    files: ['bin', 'dist', 'THIRD-PARTY-LICENSES'],
  },
}
