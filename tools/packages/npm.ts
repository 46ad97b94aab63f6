import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { BUNDLED, dependenciesOfCommand, type Package, PACKAGES } from '../bundle.ts'
import { licencesOf } from './licences.ts'
import { PROJECT, PUBLISHED } from './project.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** The manifest of a workspace, as far as it is read here. */
interface Manifest {
  name: string
  version: string
  description: string
  license: string
  private?: boolean
  type: string
  bin?: Record<string, string>
  exports?: Record<string, Record<string, string>>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** Of all packages. */
export const VERSION = manifestOf('cli').version

/**
 * Builds the packages and packs them into `output`, ready for `npm publish FILE`. The workspaces are private: what is published has
 * another manifest than what `npm ci` reads in a checkout.
 */
export async function makeNpmPackages(output: string): Promise<string[]> {
  return alone(async () => {
    await run(process.execPath, [join(root, 'tools/build.ts')])
    const files: string[] = []
    for (const name of PACKAGES) files.push(await pack(name, output))
    return files
  })
}

/** How long another build may take. */
const OTHER_BUILD_MS = 10 * 60 * 1000

/** Packages are built in their own folders: two builds at once would mix. A folder is made by one process only. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const lock = join(root, 'packages/.building')
  const start = performance.now()
  while (!isMade(lock)) {
    if (performance.now() - start > OTHER_BUILD_MS)
      throw new Error(`Remove ${lock}, if nothing else builds the packages.`)
    await sleep(200)
  }
  try {
    return await work()
  } finally {
    rmdirSync(lock)
  }
}

function isMade(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function pack(name: Package, output: string): Promise<string> {
  const source = join(root, 'packages', name)
  const staged = join(output, `staged-${name}`)
  mkdirSync(staged, { recursive: true })
  for (const each of ['bin', 'dist', 'README.md']) {
    if (existsSync(join(source, each))) cpSync(join(source, each), join(staged, each), { recursive: true })
  }
  cpSync(join(root, 'LICENSE'), join(staged, 'LICENSE'))
  if (name === 'cli') writeFileSync(join(staged, 'THIRD-PARTY-LICENSES'), licencesOf(BUNDLED))
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(publishedManifest(name), undefined, 2)}\n`)
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', output], { cwd: staged })
  rmSync(staged, { recursive: true })
  return join(output, stdout.trim())
}

/** What the manifest of a published package says. */
export function publishedManifest(name: Package): object {
  const { private: _, exports: exported, dependencies, ...own } = manifestOf(name)
  const { node, keywords, files } = PUBLISHED[name]
  return {
    ...own,
    keywords,
    homepage: PROJECT,
    bugs: `${PROJECT}/issues`,
    repository: { type: 'git', url: `git+${PROJECT}.git`, directory: `packages/${name}` },
    files,
    ...(exported && { exports: withoutSources(exported) }),
    dependencies: name === 'cli' ? commandDependencies() : dependencies,
    ...(name === 'cli' && { optionalDependencies: optionalDependenciesOfCommand() }),
    engines: { node },
    publishConfig: { access: 'public' },
  }
}

/** The condition `source` is for the repository: the sources are not published. */
function withoutSources(exported: Record<string, Record<string, string>>): object {
  const published = Object.entries(exported).map(([path, targets]) => {
    const conditions = Object.entries(targets).filter(([condition]) => condition !== 'source')
    return [path, Object.fromEntries(conditions)] as const
  })
  return Object.fromEntries(published)
}

/** The command's bundle has our own packages in it, and so needs what these need. */
function commandDependencies(): Record<string, string> {
  const versions = Object.assign({}, ...PACKAGES.map((name) => manifestOf(name).dependencies)) as Record<string, string>
  return Object.fromEntries(dependenciesOfCommand().map((name) => [name, versions[name]!]))
}

/** What it finds where it was built, and does without elsewhere. */
export function optionalDependenciesOfCommand(): Record<string, string> {
  return Object.assign({}, ...PACKAGES.map((name) => manifestOf(name).optionalDependencies)) as Record<string, string>
}

function manifestOf(name: Package): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
}
