import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../../../tools/testing/needs.ts'
import { SOURCE, SOURCE_MAIN } from '../../../tools/testing/command.ts'
import { ended, nodeArguments } from '../../../tools/testing/keyhold.ts'
import { createProgram } from '../src/program.ts'
import { cleanEnvironment, fail, succeed, temporaryFolder } from './support/vault.ts'

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string
  }
  assert.equal(await succeed(['--version']), `${version}\n`)
})

test('--help names every command and exit code', async () => {
  const help = await succeed(['--help'])
  for (const command of (await createProgram()).commands)
    assert.match(help, new RegExp(`^ {2}${command.name()}\\b`, 'm'))
  for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) assert.match(help, new RegExp(`\\b${code} [a-z]`))
})

test('each command is found by its name alone, and is then the only one that is built', async () => {
  for (const { name, group } of (await createProgram()).commands.map((each) => ({
    name: each.name(),
    group: each.helpGroup(),
  }))) {
    const { commands } = await createProgram(name)
    const mine = commands.find((each) => each.name() === name)
    assert.equal(mine?.helpGroup(), group, name)
    if (!['completion', 'help'].includes(name)) assert.equal(commands.length, 1, name)
  }
  assert.equal((await createProgram('--version')).commands.length, 0)
  for (const word of ['bogus', '--help', '-V', '', 'constructor']) {
    assert.equal((await createProgram(word)).commands.length, (await createProgram()).commands.length, word)
  }
})

test('a command that ends before it is done fails', async (t) => {
  const never =
    'data:text/javascript,import fs from "node:fs";for (const name in fs.promises) fs.promises[name]=()=>new Promise(()=>{})'
  const args = ['--import', never, ...nodeArguments(['inspect', 'message'])]
  const child = spawn(process.execPath, args, {
    cwd: temporaryFolder(t),
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { status, stdout, stderr } = await ended(child)
  assert.equal(stdout, '')
  assert.match(stderr, /^keyhold: It ended before it was done\./)
  assert.equal(status, 13)
})

/** One of each depth; that all commands do so, help.test.ts shows without starting them. */
test('a command has help, and refuses an option it does not know with exit code 2', async () => {
  const env = { ...cleanEnvironment(), KEYHOLD_DATA: 'anywhere' }
  for (const verb of [['encrypt'], ['audit', 'query'], ['key', 'alias', 'create']]) {
    assert.match(await succeed([...verb, '--help']), new RegExp(`^Usage: keyhold ${verb.join(' ')}\\b`))
    await fail([...verb, '--bogus'], 2, /unknown option '--bogus'/, env)
  }
})

test('wrong uses are exit code 2', async () => {
  await fail(['bogus'], 2, /unknown command 'bogus'/)
  await fail([], 2, /Usage: keyhold/)
  await fail(
    ['serve'],
    2,
    /^keyhold: The settings cannot be used\.\ndata: keyhold serve needs it: .* Set --data, KEYHOLD_DATA, or data in/,
  )
  for (const port of ['70000', '-1', 'http', '1e3', '']) {
    await fail(['dev', `--port=${port}`], 2, /Expected a whole number from 0 to 65535\./)
  }
  await fail(['dev', '--clock', 'lunar'], 2, /Expected system or manual\./)
})

test('a command that needs no server does not load one', async () => {
  const server = /packages\/server\/src\//
  for (const args of [['--version'], ['inspect', 'no-such-file'], ['key', 'ls', '--endpoint', 'http://127.0.0.1:9']]) {
    const modules = await loaded(args)
    assert.match(modules, /packages\/cli\/src\//)
    assert.doesNotMatch(modules, server)
  }
  assert.match(await loaded(['audit', 'query', '--data', 'no-such-folder']), server)
})

/** The modules that the command loads, from its sources: one a line. */
async function loaded(args: readonly string[]): Promise<string> {
  const resolve =
    '(name, context, next) => { const found = next(name, context); console.error(found.url); return found }'
  const hook = `import { registerHooks } from 'node:module'; registerHooks({ resolve: ${resolve} })`
  const flags = ['--import', script(hook), SOURCE]
  const child = spawn(process.execPath, [...flags, SOURCE_MAIN, ...args], { env: cleanEnvironment(), stdio: 'pipe' })
  return (await ended(child)).stderr
}

function script(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`
}

test('no command loads the WebSocket client that an import of node:http brings along, nor TLS without a use for it', async () => {
  const report = 'process.on("exit", () => console.error(process.moduleLoadList.join("\\n")))'
  for (const verb of [
    ['key', 'ls', '--endpoint', 'http://127.0.0.1:9', '--region', 'eu-central-1'],
    ['dev', '--port', '0', '--', process.execPath, '-e', '0'],
  ]) {
    const env = { ...cleanEnvironment(), AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' }
    const flags = ['--import', script(report)]
    const { stderr } = await ended(spawn(process.execPath, [...flags, ...nodeArguments(verb)], { env, stdio: 'pipe' }))
    assert.match(stderr, /^NativeModule http$/m)
    assert.doesNotMatch(stderr, /^NativeModule (internal\/deps\/undici\/undici|https)$/m)
  }
})

test('a reader that stops early ends it as SIGPIPE does, without words', async () => {
  const child = spawn(process.execPath, nodeArguments(['--help']), { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  child.stderr.setEncoding('utf8').on('data', (text: string) => assert.fail(text))
  assert.deepEqual(await once(child, 'exit'), [141, null])
})

test(
  'an argument that is no UTF-8 is refused and not changed, and U+FFFD in one is taken as it is',
  {
    skip: needs('bash'),
  },
  async () => {
    const script = `"$0" "$1" inspect $'n\\xff'; echo "exit code $?"; "$0" "$1" inspect $'n\\xef\\xbf\\xbd'; true`
    const launcher = join(import.meta.dirname, '../bin/keyhold.js')
    const { stdout } = await promisify(execFile)('bash', ['-c', `exec 2>&1; ${script}`, process.execPath, launcher])
    assert.match(
      stdout,
      /^keyhold: An argument is not UTF-8, and would be changed\. .*\nexit code 2\nkeyhold: .*n\ufffd/,
    )
  },
)
