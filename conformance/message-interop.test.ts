/** What the official client writes through this server we read, and the reverse. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { ANY_CONTEXT, Envelope, type KeyArn, type KmsConnection } from '@keyhold/client'
import { keyhold } from '../tools/testing/keyhold.ts'
import { clientOf } from './client-of.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

const FRAME = 4096
const SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 ** 20]
const context = { tenant: 't-17', größe: 'ß', '\u{1f511}': 'beyond U+FFFF', '\uffee': 'before it' }

const SUITES = [
  { signed: true, suiteId: aws.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384 },
  { signed: false, suiteId: aws.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY },
]

describe('@aws-crypto/client-node', () => {
  const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  let server: TestServer
  let ours: KmsConnection
  let keys: [KeyArn, KeyArn]
  let officialClient: KMS
  before(async () => {
    server = await startServer()
    ours = clientOf(server)
    keys = [await createKey(), await createKey()]
    officialClient = new KMS({ ...server, maxAttempts: 1 })
  })
  after(async () => {
    officialClient?.destroy()
    await server?.stop()
  })

  async function createKey(): Promise<KeyArn> {
    const { KeyMetadata } = await ours.call('CreateKey', {})
    return ours.resolve(KeyMetadata!.Arn!)
  }

  function officialKeyring(generatorKeyId: string, ...keyIds: string[]): aws.KmsKeyringNode {
    return new aws.KmsKeyringNode({ clientProvider: () => officialClient, generatorKeyId, keyIds })
  }

  for (const { signed, suiteId } of SUITES) {
    for (const size of SIZES) {
      const plaintext = Buffer.alloc(size, 'interoperable ')
      const what = `${signed ? 'signed' : 'unsigned'} message of ${size} bytes`

      test(`reads our ${what}`, async () => {
        const envelope = new Envelope({ keyring: ours.key(keys[0], [keys[1]]), signed, frameLength: FRAME })
        const message = Buffer.from(await envelope.encrypt(plaintext, { context }))
        for (const key of keys) {
          const read = await official.decrypt(officialKeyring(key), message)
          assert.ok(read.plaintext.equals(plaintext))
        }
      })

      test(`is read by us: ${what}`, async () => {
        const options = { suiteId, encryptionContext: context, frameLength: FRAME }
        const { result } = await official.encrypt(officialKeyring(...keys), plaintext, options)
        const discovery = ours.discovery({ accounts: [server.accountId], partition: 'aws' })
        for (const keyring of [ours.key(keys[0]), ours.key(keys[1]), discovery]) {
          const read = await new Envelope({ keyring }).decrypt(result, { expect: context })
          assert.ok(plaintext.equals(read.plaintext))
        }
      })
    }
  }

  describe('and the command', () => {
    let env: NodeJS.ProcessEnv
    let folder: string
    before(async () => {
      env = { ...clientEnvironment(server), AWS_ENDPOINT_URL_KMS: server.endpoint }
      folder = await mkdtemp(join(tmpdir(), 'keyhold-interop-'))
      await mkdir(join(folder, 'in/hr'), { recursive: true })
      await writeFile(join(folder, 'in/ledger'), 'A page of the ledger.')
      await writeFile(join(folder, 'in/hr/salaries'), Buffer.alloc(200_000, 'salary '))
    })
    after(() => rm(folder, { recursive: true }))

    async function succeed(...args: string[]): Promise<void> {
      const { status, stderr } = await keyhold(args, env)
      assert.equal(status, 0, stderr)
    }

    async function readByOfficial(name: string, key: string): Promise<aws.EncryptionContext> {
      const message = await readFile(join(folder, 'sealed', `${name}.kh`))
      const { plaintext, messageHeader } = await official.decrypt(officialKeyring(key), message)
      assert.ok(plaintext.equals(await readFile(join(folder, 'in', name))))
      return messageHeader.encryptionContext
    }

    test('reads a folder that it encrypted, and rewrapped', async () => {
      const [input, sealed] = [join(folder, 'in'), join(folder, 'sealed')]
      await succeed('encrypt', '-r', '-k', keys[0], '-c', 'tenant=t-17', '-o', sealed, input)
      for (const name of ['ledger', 'hr/salaries']) {
        assert.equal((await readByOfficial(name, keys[0]))['tenant'], 't-17')
      }
      await succeed('rewrap', '-r', '--unsigned', '-k', keys[1], sealed)
      for (const name of ['ledger', 'hr/salaries']) {
        assert.deepEqual({ ...(await readByOfficial(name, keys[1])) }, { tenant: 't-17' })
      }
    })

    test('is read by it from a folder, which it rewraps in its place: old messages, too, if that is asked for', async () => {
      const theirs = join(folder, 'theirs')
      await mkdir(theirs)
      const legacy = aws.buildClient(aws.CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
      for (const [name, client] of Object.entries({ new: official, old: legacy })) {
        const options = { encryptionContext: { tenant: 't-17' } }
        const { result } = await client.encrypt(officialKeyring(...keys), name, options)
        await writeFile(join(theirs, `${name}.kh`), result)
      }
      const rewrap = ['rewrap', '-r', '-c', 'tenant=t-17', '-k', keys[1], theirs]
      const { status, stderr } = await keyhold(rewrap, env)
      assert.deepEqual([status, /old.kh: .*--commitment-policy/s.test(stderr)], [5, true], stderr)
      await succeed(...rewrap, '--commitment-policy', 'require-encrypt-allow-decrypt')
      await succeed('decrypt', '-r', '-k', keys[1], '-o', join(folder, 'opened'), theirs)
      for (const name of ['new', 'old']) assert.equal(await readFile(join(folder, 'opened', name), 'utf8'), name)
    })
  })

  test('refuses, as we do, a message whose context was changed', async () => {
    const envelope = new Envelope({ keyring: ours.key(keys[0]) })
    const message = Buffer.from(await envelope.encrypt(Buffer.from('text'), { context }))
    message.write('t-18', message.indexOf('t-17'))
    await assert.rejects(official.decrypt(officialKeyring(keys[0]), message))
    await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), { code: 'NO_KEY_OPENS' })
  })
})
