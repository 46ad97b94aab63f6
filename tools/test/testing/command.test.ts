/** Tests start the command as one bundle: what they show must hold for its sources too, which its users are given. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { Secret, kms } from '@keyhold/client'
import {
  cleanEnvironment,
  clientOf,
  initialize,
  start,
  temporaryFolder,
} from '../../../packages/cli/test/support/vault.ts'
import { bundleThreads } from '../../bundle.ts'
import { SOURCE, SOURCE_MAIN, testedCommand } from '../../testing/command.ts'
import { ended } from '../../testing/keyhold.ts'
import { threadFiles } from '../../testing/thread-files.ts'

/** From here on threads seal and open a file. */
const LARGE_BYTES = 33 * 2 ** 20

const FORMS = { source: [SOURCE, SOURCE_MAIN], bundle: testedCommand().args }
type Form = keyof typeof FORMS

async function run(form: Form, args: readonly string[], env = cleanEnvironment()): Promise<string> {
  const child = spawn(process.execPath, [...FORMS[form], ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const { status, stdout, stderr } = await ended(child)
  assert.equal(status, 0, `${form}: keyhold ${args.join(' ')}: ${stderr}`)
  return stdout
}

test('a test run starts the command as a bundle', () => {
  assert.notDeepEqual(FORMS.bundle, FORMS.source)
  assert.doesNotMatch(FORMS.bundle.join(' '), /\.ts/)
})

test('each thread of the bundle finds its own file', () => {
  const threads = threadFiles(globSync(join(dirname(FORMS.bundle.at(-1)!), '*.js')))
  assert.equal(threads.length, 7)
  assert.deepEqual(
    threads.filter((file) => !existsSync(file)),
    [],
  )
})

test('each thread that the sources start has a bundle for the processes of a test run', (t) => {
  const folder = temporaryFolder(t)
  bundleThreads(folder)
  const started = threadFiles(globSync(join(dirname(SOURCE_MAIN), '../../{client,server}/src/**/*.ts')))
  assert.equal(started.length, 7)
  assert.deepEqual(
    started.map((file) => basename(file)).filter((name) => !existsSync(join(folder, name))),
    [],
  )
})

test('the bundle has the verbs, options and words of the sources', async () => {
  for (const args of [['--version'], ['--help'], ['completion', 'bash'], ['completion', 'zsh']]) {
    const [source, bundle] = await Promise.all([run('source', args), run('bundle', args)])
    assert.ok(source.length > 0)
    assert.equal(bundle, source)
  }
})

test('bundle and sources open what the other made, in threads too', async (t) => {
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const env = clientOf(vault, server)
  const [file, folder] = [join(vault.folder, 'plain'), temporaryFolder(t)]
  writeFileSync(file, Buffer.alloc(LARGE_BYTES, 'A page of the ledger.\n'))
  await run('source', ['key', 'create', '--alias', 'shared'], env)
  for (const [made, opened] of [
    ['source', 'bundle'],
    ['bundle', 'source'],
  ] as const) {
    const [sealed, plain] = [join(folder, `${made}.sealed`), join(folder, `${made}.plain`)]
    await run(made, ['encrypt', '--unsigned', '-k', 'alias/shared', '-o', sealed, file], env)
    await run(opened, ['decrypt', '-o', plain, sealed], env)
    assert.ok(readFileSync(plain).equals(readFileSync(file)))
  }
  await signInWorker(env)
  assert.equal((await server.stop()).status, 0)
  const [source, bundle] = await Promise.all(
    (['source', 'bundle'] as const).map((form) => run(form, ['audit', 'verify', '--data', vault.data])),
  )
  assert.match(bundle!, /The audit log is sound/)
  assert.equal(bundle, source)
})

/** Has the server sign in one of its threads. */
async function signInWorker({ AWS_ENDPOINT_URL_KMS: endpoint, AWS_SHARED_CREDENTIALS_FILE: file }: NodeJS.ProcessEnv) {
  const text = readFileSync(file!, 'utf8')
  const value = (name: string): string => new RegExp(`^${name} = (\\S+)$`, 'm').exec(text)![1]!
  const credentials = { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
  const service = kms({ region: 'eu-central-1', endpoint: endpoint!, credentials: async () => credentials })
  const made = await service.call('CreateKey', { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' })
  const { Signature } = await service.call('Sign', {
    KeyId: made.KeyMetadata!.KeyId,
    Message: Secret.of(new Uint8Array(64)),
    MessageType: 'EXTERNAL_MU',
    SigningAlgorithm: 'ML_DSA_SHAKE_256',
  })
  assert.equal(Signature?.length, 2420)
}
