import { dirname, join } from 'node:path/posix'
import type { Import, Modules } from './modules.ts'

/**
 * The layers of packages: a folder imports only from itself and from those before it (ARCHITECTURE.md). A folder within a
 * layer may be a layer of its own.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  server: [
    'platform',
    'platform/outbound',
    'domain/keys',
    'domain/policy',
    'crypto',
    'vault/root',
    'vault/storage',
    'vault/hierarchy',
    'vault/records',
    'audit',
    'backup',
    'identity/accounts',
    'identity/directory',
    'identity/authentication',
    'execution',
    'services/kms',
    'services/iam',
    'services/sts',
    'services/keyhold',
    'services',
    'jobs',
    'admin/access',
    'admin/operator',
    'host/http',
    'host/admin',
    'host/telemetry',
    'host/assembly',
  ],
  client: ['base', 'message', 'kms', 'keyrings', 'key-file', 'branch-keys', 'materials', 'envelope', 'browser', 'node'],
  cli: [
    'base',
    'descriptors',
    'terminal',
    'process',
    'shared',
    'recovery',
    'configuration',
    'files',
    'key-files',
    'recovery-keys',
    'certificates',
    'exec',
    'keys',
    'quorum',
    'access',
    'audit',
    'operator',
    'serving',
    'completion',
  ],
}

/** Layers that know nothing of each other, whatever their order above. */
const APART = ['services/kms', 'services/iam', 'services/sts', 'services/keyhold']

/**
 * Folders of the server that only `within` may import, so that what they guard has one way in. `doors` are the files that all
 * code may import; `opener` builds what the folder has.
 *
 * No code outside the vault reads or writes a row, or checks its MAC: it gets authentic records, and changes them by
 * changesets.
 */
const CLOSED: readonly { folder: string; within: string; doors: readonly string[]; opener: string }[] = [
  {
    folder: 'vault/storage/',
    within: 'vault/',
    doors: ['data-folder.ts', 'journal.ts', 'page.ts', 'snapshot.ts', 'storage-error.ts', 'table-name.ts'],
    opener: 'host/assembly/open.ts',
  },
  {
    folder: 'vault/hierarchy/',
    within: 'vault/',
    doors: ['material.ts', 'sealing.ts'],
    opener: 'host/assembly/open.ts',
  },
]

/** Files of the vault whose values only the vault uses: all others name their types. */
const TYPES_ALONE = { file: 'vault/records/authentic.ts', within: 'vault/' }

/** What each package may import of the others: never client from server, nor the reverse. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ['protocol'],
  server: ['protocol'],
  cli: ['protocol', 'client', 'server'],
}

/** Modules that reach outside the process, and the only folders whose code may load them. Types may be named anywhere. */
export const RESERVED: Readonly<Record<string, readonly string[]>> = {
  'node:crypto': ['packages/server/src/crypto/', 'packages/server/src/vault/root/', 'packages/client/src/node/'],
  'node:dns': ['packages/server/src/platform/outbound/'],
  'node:dns/promises': ['packages/server/src/platform/outbound/'],
  'node:https': [
    'packages/server/src/platform/outbound/',
    'packages/server/src/host/http/',
    'packages/client/src/node/',
  ],
  'node:tls': ['packages/server/src/platform/outbound/', 'packages/server/src/host/http/'],
  'node:http2': ['packages/server/src/platform/outbound/'],
  'node:sqlite': ['packages/server/src/vault/storage/'],
  'age-encryption': ['packages/server/src/vault/root/', 'packages/server/src/backup/'],
  '@scure/base': ['packages/server/src/vault/root/'],
  '@scure/bip39/wordlists/english.js': ['packages/server/src/vault/root/ways/shares/'],
  'shamir-secret-sharing': ['packages/server/src/vault/root/ways/shares/'],
  pkcs11js: ['packages/server/src/vault/root/pkcs11/'],
  jose: ['packages/server/src/identity/authentication/web-identity/'],
  'prom-client': ['packages/server/src/host/admin/'],
  '@opentelemetry/api': ['packages/server/src/host/telemetry/'],
  '@opentelemetry/core': ['packages/server/src/host/telemetry/'],
  '@opentelemetry/exporter-metrics-otlp-proto': ['packages/server/src/host/telemetry/'],
  '@opentelemetry/exporter-trace-otlp-proto': ['packages/server/src/host/telemetry/'],
  '@opentelemetry/resources': ['packages/server/src/host/telemetry/'],
  '@opentelemetry/sdk-metrics': ['packages/server/src/host/telemetry/'],
  '@opentelemetry/sdk-trace': ['packages/server/src/host/telemetry/'],
}

/** Folders whose functions see only their arguments: no module of Node's, no library. */
export const PURE = [
  'packages/protocol/src/',
  'packages/server/src/domain/',
  ...['base', 'message', 'kms', 'keyrings', 'key-file', 'branch-keys', 'materials', 'envelope'].map(
    (folder) => `packages/client/src/${folder}/`,
  ),
]

/** Every broken layering rule, as sentences. Empty when the modules keep to the architecture. */
export function layerViolations(modules: Modules): string[] {
  const sources = [...modules].filter(([file]) => sourceOf(file) !== undefined)
  const broken = sources.flatMap(([file, imports]) => imports.flatMap((one) => importViolations(file, one, modules)))
  return [...broken, ...cycles(modules).map((cycle) => `circular imports: ${cycle.join(' → ')}`)]
}

/** How many imports go from one package to another: a check that sees none has gone blind. */
export function crossPackageImports(modules: Modules): number {
  return [...modules.values()].flat().filter(({ specifier }) => packageNamed(specifier) !== undefined).length
}

function importViolations(file: string, imported: Import, modules: Modules): string[] {
  const says = (problem: string | undefined): string[] =>
    problem === undefined ? [] : [`${file} imports '${imported.specifier}': ${problem}`]
  if (imported.specifier.startsWith('.')) return says(relativeProblem(file, imported, modules))
  return says(packageProblem(file, imported) ?? reservedProblem(file, imported) ?? purityProblem(file, imported))
}

function relativeProblem(file: string, { specifier, typeOnly }: Import, modules: Modules): string | undefined {
  const target = join(dirname(file), specifier)
  if (!modules.has(target)) return 'no such module'
  const from = sourceOf(file)
  const to = sourceOf(target)
  if (from === undefined || to === undefined || from.package !== to.package) return 'leaves the sources of its package'
  const layers = LAYERS[from.package]
  const problem = layers && layerProblem(layers, from.file, to.file)
  return problem ?? (from.package === 'server' ? doorProblem(from.file, to.file, typeOnly) : undefined)
}

function doorProblem(from: string, to: string, typeOnly: boolean): string | undefined {
  const types = TYPES_ALONE
  if (to === types.file && !typeOnly && !from.startsWith(types.within)) return `outside ${types.within}, for types only`
  const closed = CLOSED.find(({ folder }) => to.startsWith(folder))
  if (closed === undefined || from.startsWith(closed.within) || from === closed.opener) return undefined
  return closed.doors.includes(to.slice(closed.folder.length))
    ? undefined
    : `only ${closed.within} and ${closed.opener} may import this file of ${closed.folder}`
}

function layerProblem(layers: readonly string[], from: string, to: string): string | undefined {
  const [fromRank, toRank] = [rankOf(from, layers), rankOf(to, layers)]
  if (fromRank < 0) return `${dirname(from)} is not a layer of its package`
  if (toRank < 0) return `${dirname(to)} is not a layer of its package`
  if (fromRank !== toRank && [fromRank, toRank].every((rank) => APART.includes(layers[rank] ?? ''))) {
    return `${layers[fromRank]} and ${layers[toRank]} know nothing of each other`
  }
  return toRank > fromRank
    ? `the layer ${layers[fromRank]} may not import from ${nameOf(to, toRank, layers)}`
    : undefined
}

function packageProblem(file: string, { specifier }: Import): string | undefined {
  const name = packageNamed(specifier)
  if (name === undefined) return undefined
  const from = sourceOf(file)?.package ?? ''
  return PACKAGES[from]?.includes(name) ? undefined : `the package ${from} may not depend on ${name}`
}

function reservedProblem(file: string, { specifier, typeOnly }: Import): string | undefined {
  const allowed = RESERVED[specifier]
  if (allowed === undefined || typeOnly || allowed.some((folder) => file.startsWith(folder))) return undefined
  return `only ${allowed.join(', ')} may`
}

function purityProblem(file: string, { specifier, typeOnly }: Import): string | undefined {
  if (typeOnly || packageNamed(specifier) !== undefined) return undefined
  return PURE.some((folder) => file.startsWith(folder)) ? 'this folder is pure' : undefined
}

/** The place of a file's layer: the longest that it lies in. Files beside all layers may import from each. */
function rankOf(file: string, layers: readonly string[]): number {
  if (!file.includes('/')) return layers.length
  const [layer = ''] = layers.filter((one) => file.startsWith(`${one}/`)).toSorted((a, b) => b.length - a.length)
  return layers.indexOf(layer)
}

function nameOf(file: string, rank: number, layers: readonly string[]): string {
  return layers[rank] ?? file
}

function packageNamed(specifier: string): string | undefined {
  return /^@keyhold\/([^/]+)/.exec(specifier)?.[1]
}

/** The package of a source, and its path below the package's `src`. */
function sourceOf(path: string): { package: string; file: string } | undefined {
  const [, name, file] = /^packages\/([^/]+)\/src\/(.+)/.exec(path) ?? []
  return name === undefined || file === undefined ? undefined : { package: name, file }
}

/** Circles among relative imports, type-only ones included, each once, in the order a depth-first walk closes them. */
function cycles(modules: Modules): string[][] {
  const found: string[][] = []
  const finished = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    if (finished.has(file)) return
    const start = path.indexOf(file)
    if (start >= 0) {
      found.push([...path.slice(start), file])
      return
    }
    path.push(file)
    for (const target of relativeTargets(file, modules)) visit(target)
    path.pop()
    finished.add(file)
  }
  for (const file of modules.keys()) visit(file)
  return found
}

function relativeTargets(file: string, modules: Modules): string[] {
  return (modules.get(file) ?? [])
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => join(dirname(file), specifier))
    .filter((target) => modules.has(target))
}
