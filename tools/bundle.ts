import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildSync, type BuildOptions } from 'esbuild'

/** This repository's packages, each after those it imports. */
export const PACKAGES = ['protocol', 'client', 'server', 'cli'] as const
export type Package = (typeof PACKAGES)[number]

/**
 * What each package has that is started by its file, in its sources and without the extension: the command, what its
 * launcher asks, threads, and what a thread loads. Their names differ, as they lie beside each other and find each other there.
 */
const STARTED: Readonly<Record<Package, readonly string[]>> = {
  protocol: [],
  client: ['node/parallel/frames-worker'],
  server: [
    'backup/backup-thread',
    'crypto/workers/crypto-worker',
    'vault/records/row-mover',
    'vault/root/pkcs11/token-process',
    'vault/storage/sqlite/writer',
    'vault/storage/sqlite/inspector',
  ],
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

/** Small packages of others that every command needs: in the bundle they cost no look-up. */
export const BUNDLED: readonly string[] = ['commander', 'picomatch']
const OWN_NAMES: readonly string[] = PACKAGES.filter((name) => name !== 'cli').map((name) => `@keyhold/${name}`)

const COMMAND_BUNDLE = {
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  conditions: ['source'],
  charset: 'ascii', // which V8 takes as it is
  // Names stay: stack traces of a bug are read by people.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 200,
  // `import()` becomes `require`, so that one loader sees all of the command.
  supported: { 'dynamic-import': false },
  define: {
    'import.meta.url': 'importMetaUrl',
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
  },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
} as const satisfies BuildOptions

/**
 * The command with all of this repository's packages, from their sources: one file for each package and for each thread. The
 * packages of others stay imports, but for those of {@link BUNDLED}.
 *
 * CommonJS, as Node loads it in half the time: no resolution in several steps, no copies of what Node's own modules export,
 * and V8's code cache can lie beside it (`packages/cli/bin/bundle.js`).
 */
export function bundleCommand(folder: string): void {
  const entries = PACKAGES.flatMap((name) => {
    const index = name === 'cli' ? [] : [{ in: join(folderOf(name), 'src/index.ts'), out: name }]
    const started = STARTED[name].map((file) => ({
      in: join(folderOf(name), 'src', `${file}.ts`),
      out: basename(file),
    }))
    return [...index, ...started]
  })
  const { outputFiles } = buildSync({
    ...COMMAND_BUNDLE,
    entryPoints: entries,
    outdir: folder,
    external: [...OWN_NAMES, ...dependenciesOfCommand()],
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
  for (const { path, text } of outputFiles) writeFileSync(path, besideEachOther(text))
  for (const name of PACKAGES) copyWhatIsRead(name, folder)
}

/** The threads of all packages with all that they load, from their sources: it runs in any folder. */
export function bundleThreads(folder: string): void {
  const sources = (['client', 'server'] as const).flatMap((name) =>
    STARTED[name].map((file) => join(folderOf(name), 'src', `${file}.ts`)),
  )
  buildSync({ ...BUNDLE, conditions: ['source'], entryPoints: sources, outdir: folder, entryNames: '[name]' })
}

/** The packages of others that the bundled command imports, and so what it depends on. */
export function dependenciesOfCommand(): string[] {
  const named = PACKAGES.flatMap((name) => Object.keys(manifestOf(name).dependencies ?? {}))
  return [...new Set(named)].filter((name) => !OWN_NAMES.includes(name) && !BUNDLED.includes(name)).toSorted()
}

/** In a bundle the packages lie beside each other. */
function besideEachOther(text: string): string {
  return text.replaceAll(/\brequire\("@keyhold\/(\w+)"\)/g, 'require("./$1.js")')
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
