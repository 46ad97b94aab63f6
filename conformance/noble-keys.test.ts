/** What the openssl of today's systems does not know yet: keys that the AWS SDK uses here, and noble on the other side. */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type KeySpec, KMS, type MessageType, type SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import { NOBLE_KEMS } from '../packages/server/test/crypto/support/other-kems.ts'
import { nobleSigner } from '../packages/server/test/crypto/support/other-signatures.ts'
import { messageRepresentative } from '../packages/server/test/crypto/support/mu.ts'
import { algorithm } from '../packages/server/src/domain/keys/algorithms.ts'
import { keySpec } from '../packages/server/src/domain/keys/specs.ts'
import { startServer, type TestServer } from './server.ts'

const TEXT = Buffer.from('A contract that both sides keep for thirty years.\n'.repeat(40))
const ML_KEM = { EncapsulationAlgorithm: 'ML_KEM' } as const

const mu = (publicKey: KeyObject): Buffer => messageRepresentative(publicKey, TEXT)
const sha512 = (): Buffer => createHash('sha512').update(TEXT).digest()
const whole = (): Buffer => TEXT

/** What is sent as the message, and what noble says was signed. */
const SIGNATURES: readonly (readonly [KeySpec, SigningAlgorithmSpec, MessageType, (key: KeyObject) => Buffer])[] = [
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'RAW', whole],
  ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'DIGEST', sha512],
  ...(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const).flatMap((spec) => [
    [spec, 'ML_DSA_SHAKE_256', 'RAW', whole] as const,
    [spec, 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', mu] as const,
  ]),
]

describe('noble with KMS keys', () => {
  let server: TestServer
  let client: KMS
  before(async () => {
    server = await startServer()
    client = new KMS({ ...server, maxAttempts: 1 })
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
  })

  for (const [KeySpec, SigningAlgorithm, MessageType, message] of SIGNATURES) {
    test(`verifies what ${KeySpec} signs with ${SigningAlgorithm}, ${MessageType}`, async () => {
      const { KeyMetadata } = await client.createKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
      const KeyId = KeyMetadata?.KeyId
      const { PublicKey } = await client.getPublicKey({ KeyId })
      const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
      const request = { KeyId, SigningAlgorithm, MessageType, Message: message(publicKey) }
      const { Signature = new Uint8Array() } = await client.sign(request)
      const row = algorithm('SIGN_VERIFY', SigningAlgorithm) ?? assert.fail()
      const key = { spec: keySpec(KeySpec), publicKey }
      assert.equal(await nobleSigner.verify(key, row, TEXT, Signature), true)
      assert.equal(await nobleSigner.verify(key, row, Buffer.from('another text'), Signature), false)
      assert.equal((await client.verify({ ...request, Signature })).SignatureValid, true)
    })
  }

  for (const { spec: KeySpec, noble, publicKeyBytes } of NOBLE_KEMS) {
    test(`encapsulates for ${KeySpec}, and with a data key pair of it opens what was encapsulated`, async () => {
      const { KeyMetadata } = await client.createKey({ KeySpec, KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
      const KeyId = KeyMetadata?.KeyId
      const raw = (spki: Uint8Array | undefined): Uint8Array => Uint8Array.from(spki?.subarray(-publicKeyBytes) ?? [])
      const encapsulated = noble.encapsulate(raw((await client.getPublicKey({ KeyId })).PublicKey))
      const ciphertext = { SharedSecretCiphertextBlob: encapsulated.cipherText }
      const { SharedSecret } = await client.decapsulate({ KeyId, ...ML_KEM, ...ciphertext })
      assert.deepEqual(Buffer.from(SharedSecret ?? []), Buffer.from(encapsulated.sharedSecret))
      const made = await client.encapsulate({ KeyId, ...ML_KEM })
      const { SharedSecretCiphertextBlob } = made
      const opened = await client.decapsulate({ KeyId, ...ML_KEM, SharedSecretCiphertextBlob })
      assert.deepEqual(opened.SharedSecret, made.SharedSecret)

      const sealing = await client.createKey({})
      const pair = await client.generateDataKeyPair({ KeyId: sealing.KeyMetadata?.KeyId, KeyPairSpec: KeySpec })
      const { Plaintext } = await client.decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob })
      const { secretKey } = noble.keygen(Uint8Array.from(Plaintext?.subarray(-64) ?? []))
      const theirs = noble.encapsulate(raw(pair.PublicKey))
      assert.deepEqual(noble.decapsulate(theirs.cipherText, secretKey), theirs.sharedSecret)
    })
  }
})
