import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { testedCommand } from './command.ts'
import { freePort } from './free-port.ts'
import { type Ability, AWS_ENDPOINT_URL, needs, type Tool } from './needs.ts'
import { Shell } from './shell.ts'
import { type Command, outputMatches, parseTranscript, type Step } from './transcript.ts'

/** The ports that documents name: that of the server, and those of what is beside it. A test replaces each by a free one. */
const DOCUMENTED_PORTS = /\b(?:567\d|844\d)\b/g
const DOCUMENTED_PORT = '5670'

type Ports = ReadonlyMap<string, string>

/** Which `keyhold` a reader finds: that of the checkout, which runs its sources, or one of {@link testedCommand}. */
type Start = 'checkout' | keyof NonNullable<ReturnType<typeof testedCommand>['bin']>

/**
 * Does what a document says, from its top to its end, in an empty folder that has this repository's `node_modules`.
 * Fails at the first command that fails or prints something else than the document shows.
 */
export async function followDocument(t: TestContext, file: string, start: Start = 'checkout'): Promise<void> {
  const text = await readFile(file, 'utf8')
  const steps = parseTranscript(text)
  assert.ok(steps.length > 0, 'the document tells its reader to do nothing')
  const place = await mkdtemp(join(tmpdir(), 'keyhold-document-'))
  const ports = await freePorts([DOCUMENTED_PORT, ...(text.match(DOCUMENTED_PORTS) ?? [])])
  const port = ports.get(DOCUMENTED_PORT)!
  const folder = join(place, 'reader')
  await Promise.all(['reader', 'output', 'temporary'].map((name) => mkdir(join(place, name))))
  await giveModules(join(folder, 'node_modules'), start)
  const shell = new Shell(folder, join(place, 'output'), environment({ place, home: folder, port, start }))
  try {
    for (const step of steps) {
      const skip = step.kind === 'commands' ? reasonToSkip(step) : false
      await t.test(`${file}:${step.line}`, { skip }, () => follow(step, { folder, ports, shell }))
    }
  } finally {
    await shell.close()
    await rm(place, { recursive: true, force: true })
  }
}

function reasonToSkip({ isInstall, needs: tools }: Extract<Step, { kind: 'commands' }>): false | string {
  return isInstall ? 'fetches a program of others' : needs(...tools.map(asDocumented))
}

/** Documents name the server by AWS_ENDPOINT_URL. */
function asDocumented(tool: Tool): Tool | Ability {
  return tool === 'aws' ? AWS_ENDPOINT_URL : tool
}

interface Reader {
  folder: string
  ports: Ports
  shell: Shell
}

async function follow(step: Step, reader: Reader): Promise<void> {
  if (step.kind === 'file') return await writeIn(reader.folder, step.path, inTest(step.text, reader.ports))
  if (step.kind === 'ci') return await eachIsScript(step.commands)
  for (const command of step.commands) await runCommand(command, reader)
}

async function runCommand({ line, text, expected }: Command, { ports, shell }: Reader): Promise<void> {
  const here = (words: string): string => inTest(words, ports)
  const { exitCode, output } = await shell.run(here(text), (shown) => outputMatches(here(expected), shown))
  const said = `line ${line}: ${text}\nprinted\n${output}`
  assert.equal(exitCode, 0, `exit code ${exitCode} at ${said}`)
  assert.ok(outputMatches(here(expected), output), `${said}\nand not\n${expected}`)
}

async function writeIn(folder: string, path: string, text: string): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

function inTest(text: string, ports: Ports): string {
  return text.replaceAll(DOCUMENTED_PORTS, (port) => ports.get(port) ?? port)
}

async function freePorts(documented: readonly string[]): Promise<Ports> {
  const ports = new Map<string, string>()
  for (const port of documented) if (!ports.has(port)) ports.set(port, String(await freePort()))
  return ports
}

/** What CI runs is not run again; but each command must be one that npm would find. */
async function eachIsScript(commands: readonly Command[]): Promise<void> {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> }
  for (const part of commands.flatMap(({ text }) => text.split('&&'))) {
    const [, own, script] = /^npm (?:(ci|test)|run ([\w:-]+)(?: --(?: .*)?)?)$/.exec(part.trim()) ?? []
    assert.ok(own === 'ci' || scripts[own ?? script ?? ''], `package.json has no script for: ${part}`)
  }
}

function binOf(start: Start): string | undefined {
  return testedCommand().bin?.[start === 'checkout' ? 'installed' : start]
}

/**
 * The repository's modules. Documents put their `.bin` first on the path, and there is the `keyhold` that this reader finds:
 * from its sources each start takes three times as long.
 */
async function giveModules(place: string, start: Start): Promise<void> {
  const modules = join(process.cwd(), 'node_modules')
  const bin = binOf(start)
  if (start === 'checkout' || bin === undefined) return await symlink(modules, place)
  await mkdir(join(place, '.bin'), { recursive: true })
  await linkEach(modules, place, '.bin')
  await linkEach(join(modules, '.bin'), join(place, '.bin'), 'keyhold')
  await symlink(join(bin, 'keyhold'), join(place, '.bin/keyhold'))
}

async function linkEach(from: string, to: string, except: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => name !== except)
  await Promise.all(names.map((name) => symlink(join(from, name), join(to, name))))
}

interface Surroundings {
  place: string
  home: string
  port: string
  start: Start
}

/** Nothing of the developer's own settings reaches the commands. */
function environment({ place, home, port, start }: Surroundings): NodeJS.ProcessEnv {
  const { PATH = '', PYENV_VERSION, NODE_EXTRA_CA_CERTS, NODE_COMPILE_CACHE } = process.env
  return {
    PATH: [binOf(start) ?? [], PATH].flat().join(delimiter),
    PYENV_VERSION,
    NODE_EXTRA_CA_CERTS,
    NODE_COMPILE_CACHE,
    HOME: home,
    TMPDIR: join(place, 'temporary'),
    KEYHOLD_PORT: port,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}
