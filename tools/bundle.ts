import { copyFileSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildSync, type BuildOptions } from 'esbuild'

/** This repository's packages, each after those it imports. */
export const PACKAGES = ['protocol', 'client', 'server', 'cli'] as const
export type Package = (typeof PACKAGES)[number]

/**
 * What each package has that is started by its file, in its sources and without the extension: the command, what its
 * launcher asks, and threads. Their names differ, as they lie beside each other and find each other there.
 */
const STARTED: Readonly<Record<Package, readonly string[]>> = {
  protocol: [],
  client: ['node/parallel/frames-worker'],
  server: ['crypto/workers/crypto-worker', 'vault/storage/sqlite/writer', 'vault/storage/sqlite/inspector'],
  cli: ['main', 'base/inherited-descriptors'],
}

/** What a package reads beside its code, in its sources. Nothing of it is read before it is needed. */
const READ: Readonly<Record<Package, readonly string[]>> = {
  protocol: [],
  client: [],
  server: ['identity/accounts/aws-managed-policies.tsv', 'identity/accounts/aws-managed-policies.jsonl'],
  cli: [],
}

/** Loading hundreds of modules takes longer than most commands then run. */
const BUNDLE: BuildOptions = {
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true, // what a verb loads only when it runs stays a file of its own
  format: 'esm',
  platform: 'node',
  target: 'node22',
}

/** The command with all of this repository's packages, from their sources. The packages of others stay imports. */
export function bundleCommand(folder: string): void {
  const started = PACKAGES.flatMap((name) => STARTED[name].map((file) => join(folderOf(name), 'src', `${file}.ts`)))
  const imported = PACKAGES.flatMap((name) => Object.keys(manifestOf(name).dependencies ?? {}))
  buildSync({
    ...BUNDLE,
    entryPoints: started,
    outdir: folder,
    entryNames: '[name]',
    conditions: ['source'],
    external: imported.filter((name) => !name.startsWith('@keyhold/')),
  })
  for (const name of PACKAGES) copyWhatIsRead(name, folder)
}

/** The threads of all packages with all that they load, from their sources: it runs in any folder. */
export function bundleThreads(folder: string): void {
  const sources = (['client', 'server'] as const).flatMap((name) =>
    STARTED[name].map((file) => join(folderOf(name), 'src', `${file}.ts`)),
  )
  buildSync({ ...BUNDLE, conditions: ['source'], entryPoints: sources, outdir: folder, entryNames: '[name]' })
}

/** One package, from JavaScript that the compiler has written to a folder. All that it depends on stays imports. */
export function bundlePackage(name: Package, compiled: string, folder: string): void {
  const exported = Object.values(manifestOf(name).exports ?? {}).map((target) => target.default)
  const entries = [
    ...exported.map((file) => file.replace(/^\.\/dist\/(.*)\.js$/, '$1')).map((file) => ({ in: file, out: file })),
    ...STARTED[name].map((file) => ({ in: file, out: file.replace(/.*\//, '') })),
  ]
  buildSync({
    ...BUNDLE,
    entryPoints: entries.map((entry) => ({ in: join(compiled, `${entry.in}.js`), out: entry.out })),
    outdir: folder,
    packages: 'external',
  })
  copyWhatIsRead(name, folder)
}

/** Beside the code, which looks for it there: bundled, all code lies in one folder. */
function copyWhatIsRead(name: Package, folder: string): void {
  for (const file of READ[name]) copyFileSync(join(folderOf(name), 'src', file), join(folder, basename(file)))
}

function folderOf(name: Package): string {
  return join(import.meta.dirname, '../packages', name)
}

function manifestOf(name: Package): Manifest {
  return JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')) as Manifest
}

interface Manifest {
  dependencies?: Readonly<Record<string, string>>
  exports?: Readonly<Record<string, { default: string }>>
}
