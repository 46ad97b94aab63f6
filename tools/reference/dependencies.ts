import { readFileSync } from 'node:fs'
import { markdownTable } from './markdown.ts'

/** One package that the lock file installs. */
export interface LockedPackage {
  name: string
  version: string
  license: string
  /** `production`: installed with a published package; `development`: only in this repository. */
  use: 'production' | 'optional' | 'development' | 'platform'
}

interface Lock {
  packages: Record<string, { version?: string; license?: string; link?: boolean; dev?: boolean; optional?: boolean }>
}

/** Licences that ask for no more than that their notice is kept. Anything else needs a decision first. */
export const PERMITTED_LICENSES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  // Of these, MIT is taken.
  '(MIT OR Apache-2.0)',
]

/** Every package of others in the lock file, once for each version, by name. */
export function lockedPackages(): LockedPackage[] {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const found = Object.entries(lock.packages)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
    .map(([path, entry]): LockedPackage => {
      const name = path.replace(/^.*node_modules\//, '')
      const use = entry.dev ? 'development' : entry.optional ? optionalUse(name) : 'production'
      return { name, version: entry.version ?? '', license: entry.license ?? 'none', use }
    })
  const unique = new Map(found.map((one) => [`${one.name}@${one.version}`, one]))
  return [...unique.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Node comes as a package for each platform. */
function optionalUse(name: string): 'optional' | 'platform' {
  return name.startsWith('node-') ? 'platform' : 'optional'
}

/** `docs/reference/dependencies.md`, from the lock file. */
export function dependenciesReference(): string {
  const packages = lockedPackages()
  const production = packages.filter(({ use }) => use === 'production')
  return `# Packages of others

Generated from the lock file by \`npm run generate\`. Why each direct one is here is in
[decision 2](../decisions/0002-dependencies.md). A test refuses any licence but ${PERMITTED_LICENSES.join(', ')}.

## Installed with Keyhold

${markdownTable(
  ['Package', 'Version', 'Licence'],
  production.map(({ name, version, license }) => [name, version, license]),
)}
## Optional: built where it is used

${markdownTable(
  ['Package', 'Version', 'Licence'],
  packages.filter(({ use }) => use === 'optional').map(({ name, version, license }) => [name, version, license]),
)}
## Only to build and test it

${countByLicense(packages.filter(({ use }) => use === 'development'))}
## Pinned Node

${countByLicense(packages.filter(({ use }) => use === 'platform'))}`
}

function countByLicense(packages: readonly LockedPackage[]): string {
  const rows = [...Map.groupBy(packages, ({ license }) => license)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([license, those]) => [license, String(those.length)])
  return markdownTable(['Licence', 'Packages'], rows)
}
