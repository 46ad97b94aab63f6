import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const LAUNCHER = join(import.meta.dirname, '../../bin/keyhold.js')
/** Makes this Node look to the launcher like an old one that cannot replace its own process either. */
const PRETEND_OLD =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}});' +
  'process.execve=undefined'
const MAIN = `
if (process.argv[2] === 'wait') {
  for (const signal of process.argv.slice(3)) process.on(signal, () => process.exit(7))
  setTimeout(() => undefined, 20_000) // a launcher that keeps a signal for itself leaves it running
}
if (process.argv[2] === 'serve') setTimeout(() => undefined, 20_000)
const answer: object = { args: process.argv.slice(2), node: process.versions.node, conditions: process.execArgv }
console.log(JSON.stringify(answer))
`
/** What the launcher asks the command's own module. */
const DESCRIPTORS = 'export const inheritedDescriptors = () => []'
const NO_DEBUGGER = '--disable-sigusr1'
const folders: string[] = []
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

/** A package as a checkout (`src`) or as published (`dist`) has it, with or without a pinned Node. */
function install(form: 'src' | 'dist', pinned: boolean): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-launcher-'))
  folders.push(folder)
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, form, 'base'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const main = form === 'src' ? MAIN : MAIN.replace(': object', '')
  writeFileSync(join(folder, form, form === 'src' ? 'main.ts' : 'main.js'), main)
  writeFileSync(
    join(folder, form, form === 'src' ? 'base/inherited-descriptors.ts' : 'inherited-descriptors.js'),
    DESCRIPTORS,
  )
  for (const file of ['keyhold.js', 'bundle.js', 'package.json']) {
    copyFileSync(join(LAUNCHER, '..', file), join(folder, 'bin', file))
  }
  if (pinned) pinNode(folder)
  return join(folder, 'bin/keyhold.js')
}

function pinNode(folder: string): void {
  const bin = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin`)
  mkdirSync(bin, { recursive: true })
  symlinkSync(process.execPath, join(bin, 'node'))
}

function run(launcher: string, ...nodeOptions: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...nodeOptions, launcher, 'a b', '--c'], { encoding: 'utf8' })
}

test('the launcher runs a published package as it is', () => {
  const { status, stdout, stderr } = run(install('dist', false))
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), { args: ['a b', '--c'], node: process.versions.node, conditions: [NO_DEBUGGER] })
  assert.equal(status, 0)
})

test('the launcher runs a checkout from its sources', () => {
  const { status, stdout, stderr } = run(install('src', false))
  assert.equal(stderr, '')
  const conditions = ['--conditions=source', NO_DEBUGGER]
  assert.deepEqual(JSON.parse(stdout), { args: ['a b', '--c'], node: process.versions.node, conditions })
  assert.equal(status, 0)
})

for (const form of ['src', 'dist'] as const) {
  test(`on an old Node the launcher continues on the pinned one (${form})`, () => {
    const { status, stdout, stderr } = run(install(form, true), '--import', PRETEND_OLD)
    assert.equal(stderr, '')
    assert.match(stdout, new RegExp(`"node":"${process.versions.node}"`))
    assert.equal(status, 0)
  })

  test(`on an old Node without a pinned one the launcher names the remedy (${form})`, () => {
    const { status, stdout, stderr } = run(install(form, false), '--import', PRETEND_OLD)
    // The pinned Node comes with the checkout only.
    const or =
      form === 'src' ? /, or run `npm ci` in the checkout\.\n$/ : /, or a package of keyhold that brings its own\.\n$/
    assert.match(stderr, /^keyhold needs Node 2\d or newer, .* Install a newer Node/)
    assert.match(stderr, or)
    assert.equal(stdout, '')
    assert.equal(status, 2)
  })
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGPWR', 'SIGVTALRM'] as const

for (const options of [['--import', PRETEND_OLD], []]) {
  test(`a signal to the launcher reaches the command (${options.length === 0 ? 'replaced' : 'child'} process)`, async () => {
    const launcher = install('src', true)
    const ends = SIGNALS.map(async (signal) => {
      const args = [...options, launcher, 'wait', signal]
      const command = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(command.stdout, 'data')
      command.kill(signal)
      return once(command, 'exit')
    })
    assert.deepEqual(
      await Promise.all(ends),
      SIGNALS.map(() => [7, null]),
    )
  })
}

test('a server ends with its launcher, also when that is killed', async () => {
  const args = ['--import', PRETEND_OLD, install('src', true), 'serve']
  const launcher = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(launcher.stdout, 'data')
  const killedAtMs = performance.now()
  launcher.kill('SIGKILL')
  await once(launcher, 'close') // the server had its output open until then
  assert.ok(performance.now() - killedAtMs < 10_000)
})

/** As SIGUSR1 does before the launcher runs. */
const OPEN_DEBUGGER = 'data:text/javascript,import{open}from"node:inspector";open(0)'
const SAY_DEBUGGER = 'console.log(String(process.getBuiltinModule("node:inspector").url()))'

test('the launcher closes a debugger that a signal opened before it ran', () => {
  for (const verb of ['dev', 'serve']) {
    const launcher = install('dist', false)
    writeFileSync(join(launcher, '../../dist/main.js'), SAY_DEBUGGER)
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', OPEN_DEBUGGER, launcher, verb], {
      encoding: 'utf8',
    })
    assert.match(stderr, /Debugger listening/)
    assert.equal(stdout, 'undefined\n', verb)
  }
})
