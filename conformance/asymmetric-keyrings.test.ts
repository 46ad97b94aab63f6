/**
 * Keyrings by an RSA key and by key agreement in a KMS. The official client for Node.js has neither: it is given them, put
 * together from its own serialiser and KDF, AWS's SDK and node:crypto, as the specification's "AWS KMS RSA keyring", "Raw
 * ECDH keyring" and "Key agreement schemas" say.
 */
import assert from 'node:assert/strict'
import { constants, createCipheriv, createDecipheriv, createHash, createPublicKey, diffieHellman } from 'node:crypto'
import { ECDH, generateKeyPairSync, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { kdfCounterMode } from '@aws-crypto/kdf-ctr-mode-node'
import { type CustomerMasterKeySpec, KMS, type KeyUsageType } from '@aws-sdk/client-kms'
import { Envelope, type KeyArn, type KmsConnection } from '@keyhold/client'
import { clientOf } from './client-of.ts'
import { ComposedKeyring, type Wrapping } from './composed-keyring.ts'
import { authenticatedContext } from './official-format.ts'
import { startServer, type TestServer } from './server.ts'

const context = { tenant: 't-17', größe: 'ß', '\u{1f511}': 'beyond U+FFFF', '\uffee': 'before it' }
const PLAINTEXT = Buffer.alloc(10_000, 'sealed to a public key ')
const { ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: UNSIGNED } = aws.AlgorithmSuiteIdentifier

describe('keyrings by asymmetric keys', () => {
  const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  let server: TestServer
  let sdk: KMS
  let ours: KmsConnection
  before(async () => {
    server = await startServer()
    sdk = new KMS({ ...server, maxAttempts: 1 })
    ours = clientOf(server)
  })
  after(async () => {
    sdk?.destroy()
    await server?.stop()
  })

  async function createKey(KeySpec: CustomerMasterKeySpec, KeyUsage: KeyUsageType): Promise<[KeyArn, KeyObject]> {
    const arn = await ours.resolve((await sdk.createKey({ KeySpec, KeyUsage })).KeyMetadata!.Arn!)
    const { PublicKey } = await sdk.getPublicKey({ KeyId: arn })
    return [arn, createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })]
  }

  /** SHA-384 of the context and the data key, under OAEP. */
  function rsaWrapping(arn: KeyArn, publicKey: KeyObject): Wrapping {
    const digest = (given: aws.EncryptionContext): Buffer =>
      createHash('sha384').update(authenticatedContext(given)).digest()
    return {
      providerId: 'aws-kms-rsa',
      seal: (dataKey, given) => {
        const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
        const ciphertext = publicEncrypt({ key: publicKey, ...padding }, Buffer.concat([digest(given), dataKey]))
        return Promise.resolve({ providerInfo: Buffer.from(arn), ciphertext })
      },
      open: async ({ providerInfo, ciphertext }, given) => {
        assert.equal(providerInfo.toString(), arn)
        const algorithm = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const
        const { Plaintext } = await sdk.decrypt({ KeyId: arn, CiphertextBlob: ciphertext, ...algorithm })
        const opened = Buffer.from(Plaintext!)
        assert.ok(opened.subarray(0, 48).equals(digest(given)))
        return opened.subarray(48)
      },
    }
  }

  test('cross over with an RSA key: what is sealed offline the KMS opens', async () => {
    const [arn, publicKey] = await createKey('RSA_3072', 'ENCRYPT_DECRYPT')
    const theirs = new ComposedKeyring(rsaWrapping(arn, publicKey))
    const envelope = new Envelope({ keyring: ours.rsaKey(arn, { publicKey }), signed: false })
    const message = Buffer.from(await envelope.encrypt(PLAINTEXT, { context }))
    assert.ok((await official.decrypt(theirs, message)).plaintext.equals(PLAINTEXT))
    const options = { suiteId: UNSIGNED, encryptionContext: context }
    const { result } = await official.encrypt(theirs, PLAINTEXT, options)
    const reader = new Envelope({ keyring: ours.rsaKey(arn) })
    assert.ok(PLAINTEXT.equals((await reader.decrypt(result, { expect: context })).plaintext))
    result.write('t-18', result.indexOf('t-17'))
    await assert.rejects(reader.decrypt(result, { expect: {} }), { code: 'NO_KEY_OPENS' })
  })

  for (const [spec, curve, namedCurve] of [
    ['ECC_NIST_P256', 'p256', 'prime256v1'],
    ['ECC_NIST_P384', 'p384', 'secp384r1'],
    ['ECC_NIST_P521', 'p521', 'secp521r1'],
  ] as const) {
    test(`cross over by key agreement on ${curve} between a key in the KMS and one at hand`, async () => {
      const [arn, publicKey] = await createKey(spec, 'KEY_AGREEMENT')
      const anna = generateKeyPairSync('ec', { namedCurve })
      const secret = diffieHellman({ privateKey: anna.privateKey, publicKey })
      const [annas, ofKms] = [compressed(anna.publicKey, namedCurve), compressed(publicKey, namedCurve)]
      const toAnna = new ComposedKeyring(agreementWrapping(secret, curve, ofKms, annas))
      const fromAnna = new ComposedKeyring(agreementWrapping(secret, curve, annas, ofKms))

      const writer = new Envelope({ keyring: ours.agreementKey(arn, { publicKey: anna.publicKey }) })
      const message = Buffer.from(await writer.encrypt(PLAINTEXT, { context }))
      assert.ok((await official.decrypt(toAnna, message)).plaintext.equals(PLAINTEXT))
      await assert.rejects(official.decrypt(fromAnna, message))

      const { result } = await official.encrypt(fromAnna, PLAINTEXT, { encryptionContext: context })
      const reader = new Envelope({ keyring: ours.agreementKey(arn) })
      assert.ok(PLAINTEXT.equals((await reader.decrypt(result, { expect: context })).plaintext))
      result.write('t-18', result.indexOf('t-17'))
      await assert.rejects(reader.decrypt(result, { expect: {} }), { code: 'NO_KEY_OPENS' })
    })
  }
})

const NONCE_BYTES = 32
const COMMITMENT_BYTES = 32
const TAG_BYTES = 16
const ZERO_IV = Buffer.alloc(12)

/** The data key under AES-GCM, with a commitment to what was agreed on; both derived for a nonce, the parties and the context. */
function agreementWrapping(secret: Buffer, curve: string, sender: Buffer, recipient: Buffer): Wrapping {
  const info = (given: aws.EncryptionContext): Buffer => {
    const zero = Buffer.of(0)
    const text = ['ecdh-key-derivation', curve, 'HMAC_SHA384'].flatMap((part) => [Buffer.from(part), zero])
    return Buffer.concat([...text, sender, recipient, zero, Buffer.of(1), zero, authenticatedContext(given)])
  }
  const derive = (purpose: Buffer, nonce: Buffer): [commitment: Buffer, key: Buffer] => {
    const both = kdfCounterMode({ digestAlgorithm: 'sha384', ikm: secret, nonce, purpose, expectedLength: 64 })
    return [both.subarray(0, COMMITMENT_BYTES), both.subarray(COMMITMENT_BYTES)]
  }
  const providerInfo = Buffer.concat([Buffer.of(1), withLength(recipient), withLength(sender)])
  return {
    providerId: 'aws-kms-ecdh',
    seal: (dataKey, given) => {
      const nonce = randomBytes(NONCE_BYTES)
      const [commitment, key] = derive(info(given), nonce)
      const cipher = createCipheriv('aes-256-gcm', key, ZERO_IV).setAAD(info(given))
      const sealed = [cipher.update(dataKey), cipher.final()]
      return Promise.resolve({
        providerInfo,
        ciphertext: Buffer.concat([nonce, commitment, ...sealed, cipher.getAuthTag()]),
      })
    },
    open: (sealed, given) => {
      assert.ok(sealed.providerInfo.equals(providerInfo))
      const keyStart = NONCE_BYTES + COMMITMENT_BYTES
      const [commitment, key] = derive(info(given), sealed.ciphertext.subarray(0, NONCE_BYTES))
      assert.ok(sealed.ciphertext.subarray(NONCE_BYTES, keyStart).equals(commitment))
      const decipher = createDecipheriv('aes-256-gcm', key, ZERO_IV).setAAD(info(given))
      decipher.setAuthTag(sealed.ciphertext.subarray(-TAG_BYTES))
      const ciphertext = sealed.ciphertext.subarray(keyStart, -TAG_BYTES)
      return Promise.resolve(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
    },
  }
}

function withLength(point: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(point.length)
  return Buffer.concat([length, point])
}

/** The point of a public key in compressed form, by OpenSSL. */
function compressed(publicKey: KeyObject, namedCurve: string): Buffer {
  const { x, y } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')])
  return Buffer.from(ECDH.convertKey(point, namedCurve, undefined, 'hex', 'compressed'), 'hex')
}
