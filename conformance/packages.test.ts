/** The packages as they are published, installed in an empty folder and used from there. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { PACKAGES } from '../tools/bundle.ts'
import { makeNpmPackages } from '../tools/packages/npm.ts'
import { threadFiles } from '../tools/testing/thread-files.ts'

const NO_NETWORK = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET/
const run = promisify(execFile)
const repository = process.cwd()

const servers = new Set<ChildProcess>()
let folder: string
let tarballs: string[]
let noNetwork: string | undefined

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyhold-packages-'))
  tarballs = await makeNpmPackages(join(folder, 'packed'))
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=0']
  try {
    await run('npm', ['install', ...options, ...tarballs], { cwd: folder })
  } catch (error) {
    if (!NO_NETWORK.test(String(error)) || process.env['KEYHOLD_REQUIRE_TOOLS'] === '1') throw error
    noNetwork = 'the packages of others could not be fetched: no network'
  }
})

after(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** A test that needs the packages installed. */
function testInstalled(name: string, body: (t: TestContext) => Promise<void>): void {
  test(name, async (t) => (noNetwork === undefined ? body(t) : t.skip(noNetwork)))
}

test('each package holds its licence, its readme and all that its manifest names, but no source and no test', async () => {
  assert.equal(tarballs.length, PACKAGES.length)
  for (const tarball of tarballs) {
    const { stdout } = await run('tar', ['tzf', tarball])
    const files = stdout.trim().split('\n')
    const manifest = await run('tar', ['xzOf', tarball, 'package/package.json'])
    const wanted = ['LICENSE', 'README.md', ...namedFiles(JSON.parse(manifest.stdout) as Manifest)]
    const missing = wanted.filter((file) => !files.includes(join('package', file)))
    const surplus = files.filter((file) => /\/(src|test|code-cache)\/|(?<!\.d)\.ts$/.test(file))
    assert.deepEqual({ tarball, missing, surplus }, { tarball, missing: [], surplus: [] })
  }
})

testInstalled('each package is a few files, and each thread finds its own', async () => {
  const files = globSync(join(folder, 'node_modules/{keyhold,@keyhold/*}/dist/**/*.js'))
  // What a verb loads only when it runs, such as a kind of way to the root, is a file of its own.
  assert.ok(files.length < 150, `${files.length} files`)
  assert.ok(existsSync(join(folder, 'node_modules/@keyhold/server/dist/aws-managed-policies.tsv')))
  const threads = threadFiles(files)
  assert.equal(threads.length, 14) // one in the client, six in the server, all of them in the command
  assert.deepEqual(
    threads.filter((file) => !existsSync(file)),
    [],
  )
})

interface Manifest {
  bin?: Record<string, string>
  exports?: Record<string, string | Record<string, string>>
}

/** The condition `source` is for this repository only. */
function namedFiles({ bin = {}, exports = {} }: Manifest): string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : [target['types'] ?? '', target['default'] ?? ''],
  )
  return [...Object.values(bin), ...targets]
}

testInstalled('the installed command says its version', async () => {
  const { version } = JSON.parse(await readFile('packages/cli/package.json', 'utf8')) as { version: string }
  assert.equal((await keyhold('--version')).trim(), version)
})

testInstalled('a service is made and run, a file encrypted and decrypted, the log verified', async () => {
  await keyhold('init', 'vault', '--no-recovery', '--credentials-file', 'credentials')
  const server = startKeyhold('serve', '--data', 'vault', '--port', '0')
  const environment = {
    AWS_ENDPOINT_URL_KMS: await endpointOf(server),
    AWS_REGION: 'eu-central-1',
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
  }
  assert.match(await keyhold('status', '--data', 'vault'), /^Server +Keyhold \d+\.\d+\.\d+, process \d+$/m)
  await writeFile(join(folder, 'plain.txt'), 'hello\n'.repeat(6_000_000)) // as large as threads take
  await keyholdWith(environment, 'key', 'create', '--alias', 'files')
  await keyholdWith(
    environment,
    'encrypt',
    '-k',
    'alias/files',
    '-c',
    'a=b',
    '--unsigned',
    '-o',
    'message',
    'plain.txt',
  )
  await keyholdWith(environment, 'decrypt', '-c', 'a=b', '-o', 'opened.txt', 'message')
  assert.deepEqual(await readFile(join(folder, 'opened.txt')), await readFile(join(folder, 'plain.txt')))
  server.kill('SIGTERM')
  assert.deepEqual(await once(server, 'exit'), [0, null])
  assert.match(await keyhold('audit', 'verify', '--data', 'vault'), /The audit log is sound/)
})

const USE = `import { Envelope, kms } from '@keyhold/client'
const credentials = async () => ({ accessKeyId: '000000000000', secretAccessKey: 'dev' })
const service = kms({ region: 'us-east-1', endpoint: process.env['AWS_ENDPOINT_URL_KMS']!, credentials })
const { KeyMetadata } = await service.call('CreateKey', {})
const envelope = new Envelope({ keyring: service.key(await service.resolve(KeyMetadata!.KeyId)) })
const message: Uint8Array = await envelope.encrypt(new TextEncoder().encode('hello'), { context: { a: 'b' } })
const { plaintext } = await envelope.decrypt(message, { expect: { a: 'b' } })
console.log(new TextDecoder().decode(plaintext))
`

testInstalled('a program in TypeScript uses the library, whose types refuse another that is wrong', async () => {
  await writeFile(join(folder, 'use.ts'), USE)
  await writeFile(join(folder, 'wrong.ts'), USE.replace("'CreateKey'", "'CreateKeys'"))
  const faults = await compile('use.ts', 'wrong.ts')
  assert.ok(faults.length > 0)
  for (const fault of faults) assert.match(fault, /^wrong\.ts\(/)
  assert.match(faults.join('\n'), /CreateKeys/)
  assert.match(await keyhold('dev', '--port', '0', '--', process.execPath, 'use.js'), /^hello$/m)
})

testInstalled("the program in the server's readme runs", async () => {
  await writeFile(join(folder, 'server.js'), await programIn('packages/server/README.md'))
  const { stdout } = await run(process.execPath, ['server.js'], { cwd: folder })
  assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/)
})

testInstalled("the program in the client's readme runs", async () => {
  const program = await programIn('packages/client/README.md')
  const endpoint = "'http://127.0.0.1:5670'"
  assert.ok(program.includes(endpoint))
  await writeFile(join(folder, 'client.js'), program.replace(endpoint, 'process.env.AWS_ENDPOINT_URL_KMS'))
  await writeFile(join(folder, 'invoice.txt'), '42 pigeons\n')
  const commands = 'node_modules/.bin/keyhold key create --alias invoices --region eu-central-1 && node client.js'
  await keyhold('dev', '--port', '0', '--', 'sh', '-c', commands)
  assert.equal(await readFile(join(folder, 'invoice.out'), 'utf8'), '42 pigeons\n')
})

async function programIn(readme: string): Promise<string> {
  const [, program = ''] = /^```js\n(.*?)^```/ms.exec(await readFile(readme, 'utf8')) ?? []
  return program
}

/** What is wrong with the files, one a line, and with the declarations themselves: no skipLibCheck. Both become JavaScript. */
async function compile(...files: string[]): Promise<string[]> {
  const settings = ['--strict', '--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--module', 'nodenext']
  const types = ['--types', 'node', '--typeRoots', join(repository, 'node_modules/@types')]
  const words = [...settings, ...types, '--pretty', 'false', ...files]
  try {
    await run(join(repository, 'node_modules/.bin/tsc'), words, { cwd: folder })
    return []
  } catch (error) {
    return (error as { stdout: string }).stdout.split('\n').filter((line) => /^\S/.test(line))
  }
}

function keyhold(...args: string[]): Promise<string> {
  return keyholdWith({}, ...args)
}

async function keyholdWith(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const { stdout } = await run(join(folder, 'node_modules/.bin/keyhold'), args, { cwd: folder, env: env(environment) })
  return stdout
}

function startKeyhold(...args: string[]): ChildProcess {
  const command = join(folder, 'node_modules/.bin/keyhold')
  const server = spawn(command, args, { cwd: folder, env: env({}), stdio: ['ignore', 'pipe', 'inherit'] })
  servers.add(server)
  return server
}

async function endpointOf(server: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: server.stdout! })) {
    const endpoint = /^Ready\. (http\S+)$/.exec(line)?.[1]
    if (endpoint !== undefined) return endpoint
  }
  throw new Error('the server ended before it was ready')
}

/** Nothing of the developer's own settings, and the Node that runs this test. */
function env(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  return { PATH: path, HOME: folder, ...more }
}
