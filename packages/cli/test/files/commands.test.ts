import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KMS } from '@aws-sdk/client-kms'
import { Envelope, kms } from '@keyhold/client'
import type { KeyArn } from '@keyhold/client'
import { type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { outcome, piped, spawnPiped } from '../support/piped.ts'
import { cleanEnvironment, clientOfDev, fail, succeed, temporaryFolder } from '../support/vault.ts'

const POSIX = process.platform === 'win32' ? 'no devices and modes here' : false
/** Of nothing, so that they take no room; and more than is ever encrypted of them. */
const HUGE_BYTES = 2 ** 36
const DEV_CREDENTIALS = { accessKeyId: '111122223333', secretAccessKey: 'any' }
const PLAINTEXT = Buffer.from('A page of the ledger.\n'.repeat(10_000))

describe('the file commands', () => {
  let server: KeyholdServer
  let env: NodeJS.ProcessEnv
  let arn: string
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
    env = clientOfDev(server, '111122223333')
    arn = (JSON.parse(await succeed(['key', 'create', '--alias', 'app', '--json'], env)) as { Arn: string }).Arn
  })
  after(() => server?.stop())

  function place(scope: TestContext): { path(name: string): string; names(): string[] } {
    const folder = temporaryFolder(scope)
    writeFileSync(join(folder, 'plain'), PLAINTEXT)
    return { path: (name) => join(folder, name), names: () => readdirSync(folder).toSorted() }
  }

  async function sealed(scope: TestContext, ...flags: string[]): Promise<ReturnType<typeof place>> {
    const files = place(scope)
    const context = ['-c', 'tenant=t-17', '-c', 'purpose=backup']
    await succeed(
      ['encrypt', '-k', 'alias/app', ...context, ...flags, '-o', files.path('sealed'), files.path('plain')],
      env,
    )
    return files
  }

  test('bring a file back', async (scope) => {
    const files = await sealed(scope)
    assert.ok(!readFileSync(files.path('sealed')).includes('ledger'))
    await succeed(['decrypt', '-c', 'tenant=t-17', '-o', files.path('opened'), files.path('sealed')], env)
    assert.deepEqual(readFileSync(files.path('opened')), PLAINTEXT)
    await succeed(['decrypt', '-k', arn, '--in-place', files.path('sealed')], env)
    assert.deepEqual(readFileSync(files.path('sealed')), PLAINTEXT)
    assert.deepEqual(files.names(), ['opened', 'plain', 'sealed'])
    if (!POSIX) assert.equal(statSync(files.path('opened')).mode & 0o777, 0o600)
  })

  test('take up to 100 keys: more are refused before anything is read or written', async (scope) => {
    const files = place(scope)
    const keys = Array.from({ length: 101 }, () => ['-k', arn]).flat()
    const encrypt = ['encrypt', ...keys, '-o', files.path('sealed'), files.path('plain')]
    await fail(encrypt, 2, /101 keys are named.*key file/, env)
    assert.deepEqual(files.names(), ['plain'])
  })

  test('read frames above 16 MiB, as other clients write them, where --max-frame says so', async (scope) => {
    const files = place(scope)
    const frameLength = 17 * 2 ** 20
    const service = kms({ endpoint: server.endpoint, region: 'us-east-1', credentials: DEV_CREDENTIALS })
    const limits = { maxFrameLength: frameLength }
    const writer = new Envelope({ keyring: service.key(arn as KeyArn), frameLength, limits })
    await writer.encryptFile(files.path('plain'), files.path('sealed'))
    const read = ['decrypt', '-k', arn, '-o', files.path('opened'), files.path('sealed')]
    await fail(read, 5, /frames of 17825792 bytes/, env)
    await fail([...read, '--max-frame', '2048'], 2, /from 1 to 2047/, env)
    await succeed([...read, '--max-frame', '17'], env)
    assert.deepEqual(readFileSync(files.path('opened')), PLAINTEXT)
    await succeed(['inspect', '--max-frame', '17', files.path('sealed')], env)
  })

  for (const flags of [[], ['--unsigned']]) {
    test(`work in a pipe ${flags.join('')}`, async () => {
      const message = await piped(['encrypt', '-k', arn, ...flags], PLAINTEXT, env)
      assert.equal(message.status, 0, message.stderr)
      const opened = await piped(['decrypt', '-k', 'alias/app', '-'], message.stdout, env)
      assert.equal(opened.status, 0, opened.stderr)
      assert.deepEqual(opened.stdout, PLAINTEXT)
    })
  }

  test('open with a replica that is named what its primary key encrypted, and with no other key', async (scope) => {
    const files = place(scope)
    const made = JSON.parse(await succeed(['key', 'create', '--multi-region', '--json'], env)) as { KeyId: string }
    const credentials = { accessKeyId: '111122223333', secretAccessKey: 'any' }
    const client = new KMS({ endpoint: server.endpoint, region: 'us-east-1', credentials })
    scope.after(() => client.destroy())
    await client.replicateKey({ KeyId: made.KeyId, ReplicaRegion: 'eu-west-1' })
    while (!/^State +Enabled$/m.test(await succeed(['key', 'show', made.KeyId, '--region', 'eu-west-1'], env))) continue
    await succeed(['encrypt', '-k', made.KeyId, '-o', files.path('sealed'), files.path('plain')], env)
    const decrypt = ['decrypt', '-o', files.path('opened'), files.path('sealed'), '-k']
    await fail([...decrypt, arn], 7, /not among the keys that were given/, env)
    await succeed([...decrypt, made.KeyId, '--region', 'eu-west-1'], env)
    assert.deepEqual(readFileSync(files.path('opened')), PLAINTEXT)
  })

  describe('with a signature that is not the signer’s', () => {
    async function forged(scope: TestContext): Promise<ReturnType<typeof place>> {
      const files = await sealed(scope)
      const message = readFileSync(files.path('sealed'))
      message[message.length - 1]! ^= 1
      writeFileSync(files.path('sealed'), message)
      return files
    }

    test('make no file', async (scope) => {
      const files = await forged(scope)
      await fail(['decrypt', '-o', files.path('opened'), files.path('sealed')], 5, /signature/, env)
      assert.deepEqual(files.names(), ['plain', 'sealed'])
    })

    test('write nothing to standard output, unless it is asked for by its name', async (scope) => {
      const files = await forged(scope)
      const held = await piped(['decrypt', files.path('sealed')], Buffer.of(), env)
      assert.deepEqual([held.status, held.stdout.length], [5, 0])
      // Read through a pipe, so that most of it is there before the signature is.
      const released = await piped(['decrypt', '--release-unverified'], readFileSync(files.path('sealed')), env)
      assert.equal(released.status, 5)
      assert.ok(released.stdout.length > 0)
      assert.ok(PLAINTEXT.subarray(0, released.stdout.length).equals(released.stdout))
    })
  })

  test('leave nothing behind when they are interrupted while they wait', { skip: POSIX }, async (scope) => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
      ['SIGUSR2', 140],
      ['SIGXCPU', 152],
    ] as const) {
      const files = place(scope)
      const child = spawnPiped(['encrypt', '-k', arn, '-o', files.path('sealed')], env)
      const ended = outcome(child)
      child.stdin?.write(PLAINTEXT)
      while (files.names().length === 1 && child.exitCode === null) await sleep(20)
      assert.equal(files.names().length, 2, 'the unfinished file is beside its place')
      child.kill(signal)
      assert.equal((await ended).status, code)
      assert.deepEqual(files.names(), ['plain'])
    }
  })

  test('leave nothing behind when a second signal does not wait', { skip: POSIX }, async (scope) => {
    const files = place(scope)
    const child = spawnPiped(['encrypt', '-k', arn, '-o', files.path('sealed')], env)
    const ended = outcome(child)
    child.stdin?.write(PLAINTEXT)
    while (files.names().length === 1 && child.exitCode === null) await sleep(20)
    for (const signal of ['SIGHUP', 'SIGHUP'] as const) child.kill(signal) // as a terminal that is closed sends them
    assert.equal((await ended).status, 129)
    assert.deepEqual(files.names(), ['plain'])
  })

  test('obey a signal if their output is not read', { skip: POSIX }, async (scope) => {
    const files = place(scope)
    truncateSync(files.path('plain'), 2 ** 24) // more than any pipe holds
    const child = spawnPiped(['encrypt', '-k', arn, '--unsigned', files.path('plain')], env)
    const exit = once(child, 'exit')
    await once(child.stdout!, 'readable')
    child.kill('SIGTERM')
    assert.deepEqual(await exit, [143, null])
  })

  test('leave nothing of several files behind when they are interrupted', { skip: POSIX }, async (scope) => {
    const { path } = place(scope)
    mkdirSync(path('in'))
    for (const name of ['a', 'b', 'c']) writeFileSync(path(`in/${name}`), '')
    for (const name of ['a', 'b']) truncateSync(path(`in/${name}`), HUGE_BYTES)
    const child = spawnPiped(['encrypt', '-r', '-k', arn, '--jobs', '2', '-o', path('out'), path('in')], env)
    const ended = outcome(child)
    const found = (): string[] => (existsSync(path('out')) ? readdirSync(path('out')) : [])
    while (found().length < 2 && child.exitCode === null) await sleep(20)
    child.kill('SIGINT')
    const { status, stderr } = await ended
    assert.deepEqual([status, stderr], [130, 'keyhold: Stopped: 0 files encrypted, 3 not done.\n'])
    assert.deepEqual(found(), [])
  })

  test('write to a device instead of replacing it', { skip: POSIX }, async (scope) => {
    const files = await sealed(scope)
    await succeed(['decrypt', '-o', '/dev/null', files.path('sealed')], env)
    assert.ok(statSync('/dev/null').isCharacterDevice())
  })
})
