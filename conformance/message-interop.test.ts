/** What the official client writes through this server we read, and the reverse. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { ANY_CONTEXT, Envelope, kms, type KeyArn, type KmsConnection } from '@keyhold/client'
import { startServer, type TestServer } from './server.ts'

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
    ours = kms({ ...server, credentials: () => Promise.resolve(server.credentials) })
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

  test('refuses, as we do, a message whose context was changed', async () => {
    const envelope = new Envelope({ keyring: ours.key(keys[0]) })
    const message = Buffer.from(await envelope.encrypt(Buffer.from('text'), { context }))
    message.write('t-18', message.indexOf('t-17'))
    await assert.rejects(official.decrypt(officialKeyring(keys[0]), message))
    await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), { code: 'NO_KEY_OPENS' })
  })
})
