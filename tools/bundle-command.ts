import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const packages = join(import.meta.dirname, '../packages')
/** What is started by its file: the command, what its launcher asks, and threads. Each finds the others beside it. */
const STARTED = [
  'cli/src/main.ts',
  'cli/src/inherited-descriptors.ts',
  'client/src/node/parallel/frames-worker.ts',
  'server/src/crypto/workers/crypto-worker.ts',
  'server/src/storage/sqlite/writer.ts',
  'server/src/storage/sqlite/inspector.ts',
]

/**
 * Writes the command with all of this repository's packages into a few files of plain JavaScript, which start in less
 * than half the time of their hundreds of modules. The packages of others stay imports.
 */
export function bundleCommand(folder: string): void {
  buildSync({
    entryPoints: STARTED.map((file) => join(packages, file)),
    outdir: folder,
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true, // what a verb loads only when it runs stays a file of its own
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['source'],
    external: packagesOfOthers(),
  })
}

function packagesOfOthers(): string[] {
  const manifests = ['protocol', 'client', 'server', 'cli'].map((name) => join(packages, name, 'package.json'))
  const names = manifests.flatMap((file) =>
    Object.keys((JSON.parse(readFileSync(file, 'utf8')) as Manifest).dependencies ?? {}),
  )
  return names.filter((name) => !name.startsWith('@keyhold/'))
}

interface Manifest {
  dependencies?: Readonly<Record<string, string>>
}
