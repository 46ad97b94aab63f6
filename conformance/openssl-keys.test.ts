/** What is signed, encrypted and agreed on here and with the openssl command, over nothing but the public keys. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  GenerateDataKeyPairCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from '@aws-sdk/client-kms'
import { openssl, opensslAgrees } from '../packages/server/test/crypto/support/openssl.ts'
import { drawn } from '../tools/testing/draws.ts'
import { needs } from '../tools/testing/needs.ts'
import { connect } from './sdk.ts'
import { startServer, type TestServer } from './server.ts'

const TEXT = Buffer.from('A contract that both sides keep a copy of.\n'.repeat(50))
const RSA = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const
const NIST = ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'] as const
const RSA_ALGORITHMS = (['PKCS1_V1_5', 'PSS'] as const).flatMap((scheme) =>
  ([256, 384, 512] as const).map((bits) => `RSASSA_${scheme}_SHA_${bits}` as const),
)

/** Every signature that an openssl of version 3.0 can verify. */
const SIGNATURES: readonly [KeySpec, SigningAlgorithmSpec][] = [
  ...RSA.flatMap((spec) =>
    drawn(RSA_ALGORITHMS).map((algorithm) => [spec, algorithm] as [KeySpec, SigningAlgorithmSpec]),
  ),
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
]

describe('openssl with KMS keys', { skip: needs('openssl') }, () => {
  let server: TestServer
  let client: KMSClient
  const made = new Map<string, Promise<{ id: string; publicKey: Uint8Array }>>()
  before(async () => {
    server = await startServer()
    client = connect(server)
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
  })

  /** A key with its downloaded public half, made once. */
  function keyOf(spec: KeySpec, usage: KeyUsageType): Promise<{ id: string; publicKey: Uint8Array }> {
    const name = `${spec} ${usage}`
    const key = made.get(name) ?? newKey(spec, usage)
    made.set(name, key)
    return key
  }

  async function newKey(KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<{ id: string; publicKey: Uint8Array }> {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec, KeyUsage }))
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: KeyMetadata?.KeyId }))
    assert(KeyMetadata?.KeyId !== undefined && PublicKey !== undefined)
    return { id: KeyMetadata.KeyId, publicKey: PublicKey }
  }

  for (const [spec, algorithm] of SIGNATURES) {
    for (const MessageType of algorithm.startsWith('ED25519') ? (['RAW'] as const) : (['RAW', 'DIGEST'] as const)) {
      test(`verifies what ${spec} signs with ${algorithm}, ${MessageType}`, async () => {
        const { id: KeyId, publicKey } = await keyOf(spec, 'SIGN_VERIFY')
        const Message = MessageType === 'RAW' ? TEXT : digestFor(algorithm)
        const request = { KeyId, Message, MessageType, SigningAlgorithm: algorithm }
        const { Signature } = await client.send(new SignCommand(request))
        assert(Signature !== undefined)
        assert.equal(opensslVerifies(publicKey, algorithm, Signature, TEXT), true)
        assert.equal(opensslVerifies(publicKey, algorithm, Signature, Buffer.from('another text')), false)
        const { SignatureValid } = await client.send(new VerifyCommand({ ...request, Signature }))
        assert.equal(SignatureValid, true)
      })
    }
  }

  for (const spec of RSA) {
    for (const [algorithm, hash] of [
      ['RSAES_OAEP_SHA_1', 'sha1'],
      ['RSAES_OAEP_SHA_256', 'sha256'],
    ] as const) {
      test(`encrypts offline for ${spec} with ${algorithm}, and it is decrypted here`, async () => {
        const { id: KeyId, publicKey } = await keyOf(spec, 'ENCRYPT_DECRYPT')
        const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`]
        const plaintext = Buffer.from('written where there is no network')
        const args = ['pkeyutl', '-encrypt', '-pubin', '-inkey', 'key', '-keyform', 'DER', '-in', 'text']
        const CiphertextBlob = openssl([...args, ...options.flatMap((option) => ['-pkeyopt', option])], {
          key: publicKey,
          text: plaintext,
        })
        const opened = await client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm: algorithm }))
        assert.deepEqual(Buffer.from(opened.Plaintext ?? []), plaintext)
      })
    }
  }

  for (const spec of NIST) {
    test(`derives the same secret as ${spec}, with a key of its own`, async () => {
      const { id: KeyId, publicKey } = await keyOf(spec, 'KEY_AGREEMENT')
      const curve = spec.replace('ECC_NIST_P', 'P-')
      const own = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-outform', 'DER'])
      const PublicKey = openssl(['pkey', '-in', 'own', '-inform', 'DER', '-pubout', '-outform', 'DER'], { own })
      const derived = await client.send(
        new DeriveSharedSecretCommand({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }),
      )
      const args = ['pkeyutl', '-derive', '-inkey', 'own', '-keyform', 'DER', '-peerkey', 'peer', '-peerform', 'DER']
      assert.deepEqual(Buffer.from(derived.SharedSecret ?? []), openssl(args, { own, peer: publicKey }))
    })
  }

  for (const KeyPairSpec of [...RSA, ...NIST, 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519'] as const) {
    test(`opens the private key of a data key pair of ${KeyPairSpec}, in the clear and decrypted`, async () => {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
      const pair = await client.send(new GenerateDataKeyPairCommand({ KeyId: KeyMetadata?.KeyId, KeyPairSpec }))
      const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }))
      for (const key of [pair.PrivateKeyPlaintext, Plaintext]) {
        assert(key !== undefined)
        openssl(['pkey', '-in', 'key', '-inform', 'DER', '-check', '-noout'], { key })
        const half = openssl(['pkey', '-in', 'key', '-inform', 'DER', '-pubout', '-outform', 'DER'], { key })
        assert.deepEqual(half, Buffer.from(pair.PublicKey ?? []))
      }
    })
  }
})

function hashOf(algorithm: string): string {
  return `sha${algorithm.slice(-3)}`
}

function digestFor(algorithm: string): Buffer {
  return createHash(hashOf(algorithm)).update(TEXT).digest()
}

function opensslVerifies(key: Uint8Array, algorithm: string, signature: Uint8Array, text: Uint8Array): boolean {
  const args = ['pkeyutl', '-verify', '-pubin', '-inkey', 'key', '-keyform', 'DER', '-rawin', '-in', 'text']
  const digest = algorithm.startsWith('ED25519') ? [] : ['-digest', hashOf(algorithm)]
  const pss = ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:digest']
  const padding = algorithm.startsWith('RSASSA_PSS') ? pss : []
  return opensslAgrees([...args, '-sigfile', 'signature', ...digest, ...padding], { key, text, signature })
}
