import assert from 'node:assert/strict'
import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Input, Output } from '@keyhold/protocol'
import { Secret } from '@keyhold/protocol'
import { ANY_CONTEXT, Envelope, EnvelopeError, kmsRsa } from '../../src/index.ts'
import type { KeyArn, Kms } from '../../src/index.ts'
import { serializeContext } from '../../src/message/context.ts'
import { pattern } from '../support/messages.ts'

const key: KeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab'
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKey = pair.publicKey.export({ format: 'pem', type: 'spki' })
const context = { tenant: 't-17' }
const HASHES = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

/** A KMS with one RSA key, which decrypts as AWS documents it. */
function rsaKms(answers: (secret: Secret) => Partial<Output<'Decrypt'>> = () => ({})): Kms & { secrets: Secret[] } {
  const secrets: Secret[] = []
  return {
    secrets,
    call: (operation, input) => {
      assert.equal(operation, 'Decrypt')
      const { KeyId, CiphertextBlob, EncryptionAlgorithm, EncryptionContext } = input as Input<'Decrypt'>
      assert.equal(EncryptionContext, undefined)
      const oaepHash = HASHES[EncryptionAlgorithm as keyof typeof HASHES]
      const options = { key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
      const secret = Secret.of(privateDecrypt(options, CiphertextBlob!))
      secrets.push(secret)
      return Promise.resolve({ KeyId, Plaintext: secret, ...answers(secret) } as never)
    },
  }
}

describe('the keyring of an RSA key in a KMS', () => {
  for (const algorithm of ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const) {
    test(`encrypts offline with ${algorithm}, and the KMS opens it`, async () => {
      const offline = new Envelope({ keyring: kmsRsa({ key, publicKey, algorithm }), signed: false })
      const message = await offline.encrypt(pattern(100), { context })
      const kms = rsaKms()
      const reader = new Envelope({ keyring: kmsRsa({ key, algorithm, kms }) })
      const { plaintext, header } = await reader.decrypt(message, { expect: context })
      assert.deepEqual(plaintext, pattern(100))
      const [{ providerId, providerInfo }] = header.encryptedDataKeys as [(typeof header.encryptedDataKeys)[0]]
      assert.deepEqual([providerId, Buffer.from(providerInfo).toString()], ['aws-kms-rsa', key])
      assert.ok(kms.secrets[0]!.reveal().every((byte) => byte === 0))
    })
  }

  test('wraps SHA-384 of the context and the data key, as the specification says', async () => {
    const { dataKey, encryptedDataKeys } = await kmsRsa({ key, publicKey }).onEncrypt({ context, dataKeyBytes: 32 })
    const options = { key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
    const opened = privateDecrypt(options, encryptedDataKeys[0]!.ciphertext)
    const digest = createHash('sha384').update(serializeContext(context)).digest()
    assert.deepEqual(opened, Buffer.concat([digest, dataKey.reveal()]))
  })

  test('opens nothing under another context, and asks nothing of another key', async () => {
    const keyring = kmsRsa({ key, publicKey, kms: rsaKms() })
    const { encryptedDataKeys } = await keyring.onEncrypt({ context, dataKeyBytes: 32 })
    const other = await keyring.onDecrypt({ context: { tenant: 't-18' }, dataKeyBytes: 32, encryptedDataKeys })
    assert.equal(other.attempts?.[0]?.reason, 'it was sealed with another encryption context.')
    const elsewhere: KeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    const stranger = kmsRsa({ key: elsewhere, kms: rsaKms() })
    const { attempts } = await stranger.onDecrypt({ context, dataKeyBytes: 32, encryptedDataKeys })
    assert.deepEqual([attempts?.[0]?.key, attempts?.[0]?.tried], [key, false])
  })

  test('asks a replica of a multi-Region key for what its other replica’s public key sealed', async () => {
    const replica = key.replace('eu-central-1', 'us-east-1') as KeyArn
    const message = await new Envelope({ keyring: kmsRsa({ key, publicKey }), signed: false }).encrypt(pattern(5))
    const reader = new Envelope({ keyring: kmsRsa({ key: replica, kms: rsaKms() }) })
    assert.deepEqual((await reader.decrypt(message, { expect: ANY_CONTEXT })).plaintext, pattern(5))
  })

  test('takes no answer of another key, nor one too short', async () => {
    const { encryptedDataKeys } = await kmsRsa({ key, publicKey }).onEncrypt({ context, dataKeyBytes: 32 })
    const short = Secret.of(new Uint8Array(10))
    for (const answer of [{ KeyId: 'another' }, { Plaintext: short }]) {
      const keyring = kmsRsa({ key, kms: rsaKms(() => answer) })
      const { attempts } = await keyring.onDecrypt({ context, dataKeyBytes: 32, encryptedDataKeys })
      assert.equal(attempts?.[0]?.tried, true)
    }
  })

  test('refuses signed messages: every holder of the public key could have written them', async () => {
    const envelope = new Envelope({ keyring: kmsRsa({ key, publicKey }) })
    await assert.rejects(envelope.encrypt(pattern(5)), code('SUITE_REFUSED'))
  })

  test('refuses aliases, unknown algorithms, and what is no public key', () => {
    assert.throws(() => kmsRsa({ key: 'alias/a' as never }), code('INVALID_ARGUMENT'))
    assert.throws(() => kmsRsa({ key, algorithm: 'SM2PKE' as never }), code('INVALID_ARGUMENT'))
    assert.throws(() => kmsRsa({ key, publicKey: 'x' }), code('INVALID_ARGUMENT'))
  })
})
