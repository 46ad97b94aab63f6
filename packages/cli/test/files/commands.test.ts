import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KMS } from '@aws-sdk/client-kms'
import { type KeyholdServer, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { outcome, piped, spawnPiped } from '../support/piped.ts'
import { cleanEnvironment, clientOfDev, fail, succeed, temporaryFolder } from '../support/vault.ts'

const POSIX = process.platform === 'win32' ? 'no devices and modes here' : false
const PLAINTEXT = Buffer.from('A page of the ledger.\n'.repeat(10_000))

describe('the file commands', () => {
  let server: KeyholdServer
  let env: NodeJS.ProcessEnv
  /** Another account on the same server, with a key of its own. */
  let stranger: NodeJS.ProcessEnv
  let arn: string
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
    env = clientOfDev(server, '111122223333')
    stranger = clientOfDev(server, '999988887777')
    arn = await createKey('app', env)
    await createKey('app', stranger)
  })
  after(() => server?.stop())

  async function createKey(alias: string, owner: NodeJS.ProcessEnv): Promise<string> {
    const made = JSON.parse(await succeed(['key', 'create', '--alias', alias, '--json'], owner)) as { Arn: string }
    return made.Arn
  }

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
    await succeed(['decrypt', '-k', arn, '-o', files.path('sealed'), files.path('sealed')], env)
    assert.deepEqual(readFileSync(files.path('sealed')), PLAINTEXT)
    assert.deepEqual(files.names(), ['opened', 'plain', 'sealed'])
    if (!POSIX) assert.equal(statSync(files.path('opened')).mode & 0o777, 0o600)
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

  test('open a file with any of the keys that it was encrypted under', async (scope) => {
    const files = place(scope)
    const [one, two] = [await createKey('one', env), await createKey('two', env)]
    await succeed(['encrypt', '-k', one, '-k', 'alias/two', '-o', files.path('sealed'), files.path('plain')], env)
    for (const key of [one, two]) {
      assert.deepEqual((await piped(['decrypt', '-k', key, files.path('sealed')], Buffer.of(), env)).stdout, PLAINTEXT)
    }
    await fail(['decrypt', '-k', arn, files.path('sealed')], 7, /not among the keys/, env)
  })

  test('refuse a contradicting -c without any call', async (scope) => {
    const files = await sealed(scope)
    const nowhere = { ...env, AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:9' }
    await fail(['decrypt', '-c', 'tenant=t-18', files.path('sealed')], 6, /"tenant" should be "t-18"/, nowhere)
    await fail(['decrypt', '-c', 'tenant=t-17', files.path('sealed')], 4, /cannot be reached/, nowhere)
  })

  test('refuse a file whose context was edited, by the word of the service', async (scope) => {
    const files = await sealed(scope)
    const message = readFileSync(files.path('sealed'))
    message.write('t-18', message.indexOf('t-17'))
    writeFileSync(files.path('sealed'), message)
    await fail(
      ['decrypt', '-c', 'tenant=t-18', '-o', files.path('opened'), files.path('sealed')],
      5,
      /InvalidCiphertext/,
      env,
    )
    assert.deepEqual(files.names(), ['plain', 'sealed'])
  })

  test('without -k ask no key of another account', async (scope) => {
    const files = await sealed(scope)
    await fail(['decrypt', files.path('sealed')], 7, /outside account 999988887777/, stranger)
    const poor = clientOfDev(server, '555566667777')
    await fail(['decrypt', files.path('sealed')], 7, /outside account 555566667777/, poor)
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
    ] as const) {
      const files = place(scope)
      const child = spawnPiped(['encrypt', '-k', arn, '-o', files.path('sealed')], env)
      const ended = outcome(child)
      child.stdin?.write(PLAINTEXT)
      while (files.names().length === 1 && child.exitCode === null) await sleep(20)
      assert.equal(files.names().length, 2, 'the unfinished file stands beside its place')
      child.kill(signal)
      assert.equal((await ended).status, code)
      assert.deepEqual(files.names(), ['plain'])
    }
  })

  test('write to a device instead of replacing it', { skip: POSIX }, async (scope) => {
    const files = await sealed(scope)
    await succeed(['decrypt', '-o', '/dev/null', files.path('sealed')], env)
    assert.ok(statSync('/dev/null').isCharacterDevice())
  })

  test('say what is wrong with how they are called', async (scope) => {
    const files = place(scope)
    mkdirSync(files.path('folder'))
    await fail(['encrypt', files.path('plain')], 2, /-k/, env)
    await fail(['encrypt', '-k', arn, '-c', 'tenant', files.path('plain')], 2, /NAME=VALUE/, env)
    await fail(['encrypt', '-k', arn, '-c', 'aws-crypto-x=y', files.path('plain')], 2, /reserved/, env)
    await fail(['encrypt', '-k', arn, files.path('missing')], 2, /ENOENT/, env)
    await fail(['encrypt', '-k', arn, files.path('folder')], 2, /is a folder/, env)
    await fail(['encrypt', '-k', arn, '-o', files.path('folder'), files.path('plain')], 2, /is a folder/, env)
    await fail(['encrypt', '-k', 'alias/none', files.path('plain')], 7, /is not found/, env)
    await fail(['decrypt', files.path('plain')], 5, /not an encrypted message/, env)
    await fail(['encrypt', '-k', arn, files.path('plain')], 2, /region/, { ...cleanEnvironment() })
    assert.deepEqual(files.names(), ['folder', 'plain'])
  })

  test('inspect shows a header without any KMS', async (scope) => {
    const files = await sealed(scope, '--unsigned')
    const shown = await succeed(['inspect', files.path('sealed')], cleanEnvironment())
    assert.match(shown, /tenant = t-17/)
    assert.ok(shown.includes(arn))
    const json = JSON.parse(await succeed(['inspect', '--json', files.path('sealed')], cleanEnvironment())) as object
    assert.partialDeepStrictEqual(json, {
      verified: false,
      suite: { id: '0x0478', signed: false },
      encryptionContext: { tenant: 't-17', purpose: 'backup' },
      encryptedDataKeys: [{ provider: 'aws-kms', key: arn }],
    })
    await fail(['inspect', files.path('plain')], 5, /not an encrypted message/, cleanEnvironment())
    assert.ok(existsSync(files.path('sealed')))
  })
})
