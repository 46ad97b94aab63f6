import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { ended } from '../../tools/testing/keyhold.ts'
import { Shell } from '../../tools/testing/shell.ts'
import { type Command, outputMatches } from '../../tools/testing/transcript.ts'
import { problemsOfNeeds } from './needs.ts'
import type { Place } from './place.ts'
import { type Deed, readRecipe, type Recipe } from './recipe.ts'
import type { Row } from './rows.ts'

/** What became of a row. */
export type Outcome = { row: Row } & (
  | { found: false }
  | { found: true; version: string; failure?: undefined }
  | { found: true; version: string; failure: string }
)

/** Clients that were installed, one folder each; git ignores it. */
const CACHE = process.env['KEYHOLD_MATRIX'] ?? join(import.meta.dirname, '../../.matrix')
/** The folder of `keyhold`, the last one on the path: it has other commands. */
const KEYHOLD = join(import.meta.dirname, '../../node_modules/.bin')
/** The port that recipes name. */
const DOCUMENTED_PORT = '5670'
/** Longest that one command of an installation may take: some build a program of 500 modules. */
const INSTALL_TIMEOUT_MS = 45 * 60 * 1000

/** Runs the commands by which a recipe brings its client. Rejects with what they printed. */
export async function install({ name }: Row): Promise<void> {
  const { install: commands, deeds } = await readRecipe(name)
  if (commands.length === 0) return
  const folder = join(CACHE, name)
  await prepare(folder)
  for (const deed of deeds) if (deed.kind === 'file') await writeIn(folder, deed.path, deed.text)
  for (const { text } of commands) {
    const options = { cwd: folder, env: toolEnvironment(folder), timeout: INSTALL_TIMEOUT_MS }
    const { status, stdout, stderr } = await ended(spawn('bash', ['-euc', text], options))
    if (status !== 0) throw new Error(`${text}: ${status}\n${stdout}${stderr}`)
  }
}

/** Follows a recipe, if its client is there, as a user who may do what the recipe says that it needs. */
export async function follow(row: Row, place: Place): Promise<Outcome> {
  const folder = join(CACHE, row.name)
  await prepare(folder)
  const version = await versionOf(row, folder)
  if (version === undefined) return { row, found: false }
  try {
    const recipe = await readRecipe(row.name)
    await followRecipe(row, recipe, place, folder)
    return { row, found: true, version }
  } catch (error) {
    return { row, found: true, version, failure: error instanceof Error ? error.message : String(error) }
  }
}

async function versionOf({ version }: Row, folder: string): Promise<string | undefined> {
  const child = spawn('bash', ['-o', 'pipefail', '-c', version], { cwd: folder, env: toolEnvironment(folder) })
  const { status, stdout, stderr } = await ended(child)
  return status === 0 ? /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] : undefined
}

async function followRecipe({ name }: Row, recipe: Recipe, place: Place, folder: string): Promise<void> {
  const here = (text: string): string => text.replaceAll(DOCUMENTED_PORT, String(place.port))
  const policy = withValues(recipe.policy, place.keys)
  const user = `matrix-${name}`
  const env = { ...toolEnvironment(folder), ...clientVariables(place, await place.makeUser(user, policy)) }
  const output = await mkdtemp(join(folder, 'output-'))
  const shell = new Shell(folder, output, env)
  try {
    for (const deed of recipe.deeds) await doIt(deed, { folder, shell, here })
  } finally {
    await shell.close()
    await rm(output, { recursive: true, force: true })
  }
  const problems = problemsOfNeeds(policy, await place.asked(user))
  if (problems.length > 0) throw new Error(problems.join('; '))
}

interface Reader {
  folder: string
  shell: Shell
  /** The page's text with this server's port. */
  here(text: string): string
}

async function doIt(deed: Deed, reader: Reader): Promise<void> {
  if (deed.kind === 'file') return await writeIn(reader.folder, deed.path, reader.here(deed.text))
  for (const command of deed.commands) await runCommand(command, reader)
}

async function runCommand({ line, text, expected }: Command, { shell, here }: Reader): Promise<void> {
  const { exitCode, output } = await shell.run(here(text), (shown) => outputMatches(here(expected), shown))
  const said = `line ${line}: ${text}\nprinted\n${output}`
  if (exitCode !== 0) throw new Error(`exit code ${exitCode} at ${said}`)
  if (!outputMatches(here(expected), output)) throw new Error(`${said}\nand not\n${expected}`)
}

/** `$KEY` in a policy is that key's ARN. */
function withValues(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$([A-Z_]+)/g, (whole, name: string) => values[name] ?? whole)
}

/** What integrations.md sets before each recipe. */
function clientVariables(
  { port, region, authority, keys }: Place,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
): NodeJS.ProcessEnv {
  return {
    ...keys,
    AWS_ENDPOINT_URL: `https://localhost:${port}`,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    CA: authority,
    AWS_CA_BUNDLE: authority,
    NODE_EXTRA_CA_CERTS: authority,
    SSL_CERT_FILE: authority,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

/**
 * The developer's own settings of AWS do not reach a client, and their other settings do: package managers know from them
 * where to look. What is downloaded, all clients of one language share.
 */
function toolEnvironment(folder: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  const { PATH = '', HOME = homedir(), ...rest } = Object.fromEntries(others)
  const bins = ['bin', 'venv/bin', 'node_modules/.bin'].map((bin) => join(folder, bin))
  return {
    GOMODCACHE: join(CACHE, 'go-modules'),
    GOCACHE: join(CACHE, 'go-build'),
    CGO_ENABLED: '0',
    GOFLAGS: '-p=1',
    GOBIN: join(folder, 'bin'),
    CARGO_HOME: join(CACHE, 'cargo'),
    RUSTUP_HOME: join(HOME, '.rustup'),
    MAVEN_OPTS: `-Dmaven.repo.local=${join(CACHE, 'maven')}`,
    ...rest,
    PATH: [...bins, PATH, KEYHOLD].join(delimiter),
    HOME: join(folder, 'home'),
  }
}

/** With a manifest of its own, so that npm installs into this folder and not into one above it. */
async function prepare(folder: string): Promise<void> {
  await mkdir(join(folder, 'home'), { recursive: true })
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) await writeFile(manifest, '{ "private": true }\n')
}

async function writeIn(folder: string, path: string, text: string): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
