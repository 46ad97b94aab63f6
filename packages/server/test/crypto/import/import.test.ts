import assert from 'node:assert/strict'
import { createPublicKey, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { needs } from '../../../../../tools/testing/needs.ts'
import { generateKeyPair, privateKeyOf } from '../../../src/crypto/asymmetric/key-pair.ts'
import type { ImportFault } from '../../../src/crypto/import/fault.ts'
import { importMaterial } from '../../../src/crypto/import/import.ts'
import { type KeySpec, keySpec, keySpecs, type WrappingAlgorithm } from '../../../src/domain/keys/specs.ts'
import { canBeWrapped } from '../../../src/domain/keys/wrapping.ts'
import { importedForm, pkcs8, spki, testKey } from '../support/keys.ts'
import { openssl } from '../support/openssl.ts'
import { testThreads } from '../support/threads.ts'
import { wrap } from '../support/wrapping.ts'

const threads = testThreads()
const WRAPPING_SPECS = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const

function materialOf(spec: KeySpec): Buffer {
  return spec.material.kind === 'secret' ? randomBytes(spec.material.bytes) : pkcs8(testKey(spec.name).key)
}

async function imported(
  spec: KeySpec,
  algorithm: WrappingAlgorithm,
  wrapped: Uint8Array,
  wrappingKey = testKey('RSA_2048').key,
): Promise<Buffer | ImportFault> {
  const outcome = await importMaterial({ spec, wrappingKey, algorithm, wrapped }, threads)
  return typeof outcome === 'string' ? outcome : Buffer.from(outcome.reveal())
}

for (const spec of keySpecs().filter(({ offered, wrappingAlgorithms }) => offered && wrappingAlgorithms.length > 0)) {
  describe(spec.name, () => {
    for (const algorithm of spec.wrappingAlgorithms) {
      for (const wrappingSpec of WRAPPING_SPECS.filter((name) => canBeWrapped(spec, name, algorithm))) {
        test(`is imported, wrapped with ${algorithm} and ${wrappingSpec}`, async () => {
          const { key, publicKey } = testKey(wrappingSpec)
          const material = materialOf(spec)
          const stored = spec.material.kind === 'secret' ? material : importedForm(testKey(spec.name))
          assert.deepEqual(await imported(spec, algorithm, wrap(publicKey, algorithm, material), key), stored)
        })
      }
    }
  })
}

test('a wrapping key pair is an ordinary RSA pair, and unwraps what its public half wrapped', async () => {
  const { privateKey, publicKey } = await generateKeyPair(keySpec('RSA_3072'), threads)
  const wrappingKey = privateKeyOf(keySpec('RSA_3072'), privateKey)
  const material = randomBytes(32)
  const downloaded = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  const wrapped = wrap(downloaded, 'RSAES_OAEP_SHA_256', material)
  assert.deepEqual(await imported(keySpec('SYMMETRIC_DEFAULT'), 'RSAES_OAEP_SHA_256', wrapped, wrappingKey), material)
})

test(
  'material that the openssl command wrapped, as AWS documents it, is imported',
  { skip: needs('openssl') },
  async () => {
    const { publicKey } = testKey('RSA_2048')
    const files = { public: spki(publicKey), material: randomBytes(32), private: pkcs8(testKey('RSA_4096').key) }
    const options = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256']
    const pkeyutl = ['pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', 'public']
    const encrypt = [...pkeyutl, ...options.flatMap((option) => ['-pkeyopt', option])]
    const symmetric = openssl([...encrypt, '-in', 'material'], files)
    assert.deepEqual(await imported(keySpec('SYMMETRIC_DEFAULT'), 'RSAES_OAEP_SHA_256', symmetric), files.material)

    const aesKey = randomBytes(32)
    const keyWrap = ['enc', '-id-aes256-wrap-pad', '-K', aesKey.toString('hex'), '-iv', 'A65959A6', '-in', 'private']
    const wrapped = Buffer.concat([
      openssl([...encrypt, '-in', 'aes'], { ...files, aes: aesKey }),
      openssl(keyWrap, files),
    ])
    assert.deepEqual(await imported(keySpec('RSA_4096'), 'RSA_AES_KEY_WRAP_SHA_256', wrapped), files.private)
  },
)

test('what does not unwrap is refused, whichever part is wrong', async () => {
  const { publicKey } = testKey('RSA_2048')
  const spec = keySpec('ECC_NIST_P256')
  const material = materialOf(spec)
  for (const algorithm of spec.wrappingAlgorithms) {
    const wrapped = wrap(publicKey, algorithm, material)
    for (const index of [3, wrapped.byteLength - 1]) {
      const changed = Buffer.from(wrapped)
      changed[index] = (changed[index] ?? 0) ^ 1
      assert.equal(await imported(spec, algorithm, changed), 'wrapping', `${algorithm} ${index}`)
    }
    for (const bytes of [wrapped.subarray(0, -1), Buffer.alloc(0), wrapped.subarray(0, 256 - 1), Buffer.alloc(256)]) {
      assert.equal(await imported(spec, algorithm, bytes), 'wrapping', algorithm)
    }
    const other = spec.wrappingAlgorithms.find((one) => one !== algorithm) ?? assert.fail()
    assert.equal(await imported(spec, other, wrapped), 'wrapping')
    assert.equal(await imported(spec, algorithm, wrapped, testKey('RSA_3072').key), 'wrapping')
  }
})

test('a wrapping algorithm that the spec does not support is refused, though it would unwrap', async () => {
  const { publicKey } = testKey('RSA_2048')
  const wrapped = wrap(publicKey, 'RSA_AES_KEY_WRAP_SHA_256', randomBytes(32))
  assert.equal(await imported(keySpec('SYMMETRIC_DEFAULT'), 'RSA_AES_KEY_WRAP_SHA_256', wrapped), 'wrapping')
  assert.equal(await imported(keySpec('SM2'), 'SM2PKE', Buffer.alloc(256)), 'wrapping')
})

test('imported material is a Secret, and the input stays unchanged', async () => {
  const wrapped = wrap(testKey('RSA_2048').publicKey, 'RSAES_OAEP_SHA_1', randomBytes(28))
  const before = Buffer.from(wrapped)
  const request = { spec: keySpec('HMAC_224'), wrappingKey: testKey('RSA_2048').key, wrapped }
  const outcome = await importMaterial({ ...request, algorithm: 'RSAES_OAEP_SHA_1' }, threads)
  assert.ok(outcome instanceof Secret)
  assert.deepEqual(wrapped, before)
})
