import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS, type KeySpec as KeySpecName } from '@keyhold/protocol'
import { algorithm } from '../../../src/domain/keys/algorithms.ts'
import { algorithmNames, maxPlaintextBytes, siteOf } from '../../../src/domain/keys/spec-algorithms.ts'
import { keySpec, keySpecs, secretBytes } from '../../../src/domain/keys/specs.ts'
import { canBeWrapped } from '../../../src/domain/keys/wrapping.ts'

test('every key spec of the service model has a row, and no other name has', () => {
  const names = keySpecs().map(({ name }) => name)
  assert.deepEqual(names.toSorted(), [...(KMS.enumerations['KeySpec'] ?? [])].toSorted())
  for (const name of ['RSA_1024', 'rsa_2048', '__proto__', 'constructor', '']) assert.equal(keySpec(name), undefined)
})

test('data key pairs are made of the specs that the service model names for them', () => {
  const names = keySpecs().filter(({ dataKeyPair }) => dataKeyPair)
  assert.deepEqual(
    names.map(({ name }) => name).toSorted(),
    [...(KMS.enumerations['DataKeyPairSpec'] ?? [])].toSorted(),
  )
})

test('all specs are offered but SM2, which AWS has in China only', () => {
  assert.deepEqual(
    keySpecs().flatMap(({ name, offered }) => (offered ? [] : [name])),
    ['SM2'],
  )
})

test('each usage of a spec has algorithms, all of that usage, and no other usage has any', () => {
  for (const spec of keySpecs()) {
    for (const usage of KMS.enumerations['KeyUsageType'] as (typeof spec.usages)[number][]) {
      const names = algorithmNames(spec, usage)
      assert.equal(names.length > 0, spec.usages.includes(usage), `${spec.name} ${usage}`)
      for (const name of names) assert.ok(algorithm(usage, name), `${spec.name} ${name}`)
    }
  }
})

/** AWS KMS API Reference, CreateKey, KeyUsage; DescribeKey. */
const SPECS: Partial<Record<KeySpecName, [usages: string[], algorithms: string[]]>> = {
  SYMMETRIC_DEFAULT: [['ENCRYPT_DECRYPT'], ['SYMMETRIC_DEFAULT']],
  RSA_3072: [
    ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
    [
      'RSAES_OAEP_SHA_1',
      'RSAES_OAEP_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
    ],
  ],
  ECC_NIST_P256: [
    ['SIGN_VERIFY', 'KEY_AGREEMENT'],
    ['ECDSA_SHA_256', 'ECDH'],
  ],
  ECC_NIST_P384: [
    ['SIGN_VERIFY', 'KEY_AGREEMENT'],
    ['ECDSA_SHA_384', 'ECDH'],
  ],
  ECC_NIST_P521: [
    ['SIGN_VERIFY', 'KEY_AGREEMENT'],
    ['ECDSA_SHA_512', 'ECDH'],
  ],
  ECC_SECG_P256K1: [['SIGN_VERIFY'], ['ECDSA_SHA_256']],
  ECC_NIST_EDWARDS25519: [['SIGN_VERIFY'], ['ED25519_SHA_512', 'ED25519_PH_SHA_512']],
  HMAC_224: [['GENERATE_VERIFY_MAC'], ['HMAC_SHA_224']],
  HMAC_512: [['GENERATE_VERIFY_MAC'], ['HMAC_SHA_512']],
  ML_DSA_65: [['SIGN_VERIFY'], ['ML_DSA_SHAKE_256']],
  ML_KEM_768: [['ENCAPSULATE_DECAPSULATE'], ['ML_KEM']],
}

for (const [name, [usages, algorithms]] of Object.entries(SPECS)) {
  test(`${name} keys have the usages and algorithms that AWS documents`, () => {
    const spec = keySpec(name) ?? assert.fail()
    assert.deepEqual(spec.usages, usages)
    assert.deepEqual(
      spec.usages.flatMap((usage) => algorithmNames(spec, usage)),
      algorithms,
    )
  })
}

test('only a symmetric key gets its usage without being asked, rotates, and may live in a custom key store', () => {
  for (const { name, defaultUsage, rotation, customKeyStore, multiRegion, offered } of keySpecs()) {
    const symmetric = name === 'SYMMETRIC_DEFAULT'
    assert.equal(defaultUsage, symmetric ? 'ENCRYPT_DECRYPT' : undefined, name)
    assert.deepEqual([rotation, customKeyStore], [symmetric, symmetric], name)
    if (offered) assert.equal(multiRegion, true, name)
  }
})

test('secret keys have their lengths, and pairs have none', () => {
  const lengths = ['SYMMETRIC_DEFAULT', 'HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const
  assert.deepEqual(
    lengths.map((name) => secretBytes(keySpec(name))),
    [32, 28, 32, 48, 64],
  )
  for (const name of ['RSA_2048', 'ML_KEM_512', 'SM2'] as const) {
    assert.throws(() => secretBytes(keySpec(name)), TypeError)
  }
})

/** AWS KMS API Reference, Encrypt: the table of plaintext sizes. */
const PLAINTEXT_BYTES = { RSA_2048: [214, 190], RSA_3072: [342, 318], RSA_4096: [470, 446] } as const

test('plaintexts may be as long as AWS lets them be', () => {
  assert.equal(maxPlaintextBytes(keySpec('SYMMETRIC_DEFAULT'), 'SYMMETRIC_DEFAULT'), 4096)
  for (const [name, [sha1, sha256]] of Object.entries(PLAINTEXT_BYTES)) {
    const spec = keySpec(name) ?? assert.fail()
    assert.equal(maxPlaintextBytes(spec, 'RSAES_OAEP_SHA_1'), sha1)
    assert.equal(maxPlaintextBytes(spec, 'RSAES_OAEP_SHA_256'), sha256)
  }
})

test('material is imported under the wrapping algorithms that fit it, and that of ML-DSA and ML-KEM never', () => {
  const wraps = (name: KeySpecName): string => keySpec(name).wrappingAlgorithms.join(' ')
  const oaep = 'RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256'
  const aesKeyWrap = 'RSA_AES_KEY_WRAP_SHA_1 RSA_AES_KEY_WRAP_SHA_256'
  for (const name of ['SYMMETRIC_DEFAULT', 'HMAC_224', 'HMAC_512'] as const) assert.equal(wraps(name), oaep)
  for (const name of ['RSA_2048', 'RSA_4096'] as const) assert.equal(wraps(name), aesKeyWrap)
  for (const name of ['ECC_NIST_P521', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519'] as const) {
    assert.equal(wraps(name), `${oaep} ${aesKeyWrap}`)
  }
  for (const name of ['ML_DSA_44', 'ML_KEM_1024'] as const) assert.equal(wraps(name), '')
})

test('a P-521 key does not go into one RSA_2048 block, and everything else goes where its algorithms allow', () => {
  assert.equal(canBeWrapped(keySpec('ECC_NIST_P521'), 'RSA_2048', 'RSAES_OAEP_SHA_1'), false)
  assert.equal(canBeWrapped(keySpec('ECC_NIST_P521'), 'RSA_2048', 'RSAES_OAEP_SHA_256'), false)
  assert.equal(canBeWrapped(keySpec('ECC_NIST_P521'), 'RSA_3072', 'RSAES_OAEP_SHA_256'), true)
  assert.equal(canBeWrapped(keySpec('ECC_NIST_P521'), 'RSA_2048', 'RSA_AES_KEY_WRAP_SHA_256'), true)
  assert.equal(canBeWrapped(keySpec('ECC_NIST_P384'), 'RSA_2048', 'RSAES_OAEP_SHA_256'), true)
  assert.equal(canBeWrapped(keySpec('RSA_2048'), 'RSA_4096', 'RSAES_OAEP_SHA_256'), false)
  assert.equal(canBeWrapped(keySpec('SYMMETRIC_DEFAULT'), 'RSA_4096', 'RSAES_PKCS1_V1_5'), false)
})

test('of the curves only P-256 is quick enough for the calling thread', () => {
  assert.equal(siteOf('curve', keySpec('ECC_NIST_P256')), 'inline')
  for (const name of ['ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1'] as const) {
    assert.equal(siteOf('curve', keySpec(name)), 'native')
  }
  assert.equal(siteOf('worker', keySpec('ECC_NIST_P256')), 'worker')
})

test('nothing in the table can be changed', () => {
  for (const spec of keySpecs()) {
    assert.ok(Object.isFrozen(spec) && Object.isFrozen(spec.material) && Object.isFrozen(spec.signingAlgorithms))
  }
  assert.ok(Object.isFrozen(algorithm('SIGN_VERIFY', 'ECDSA_SHA_256')?.messages))
})
