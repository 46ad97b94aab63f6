import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyMetadata } from '../../../src/domain/keys/metadata.ts'
import type { KeyRecord } from '../../../src/domain/keys/record.ts'

/** As it was stored before there were other specs. */
const STORED = `{"keyId":"1234abcd-12ab-34cd-56ef-1234567890ab","accountId":"111122223333","region":"eu-central-1",
  "description":"","spec":"SYMMETRIC_DEFAULT","usage":"ENCRYPT_DECRYPT","origin":"AWS_KMS","manager":"CUSTOMER",
  "state":"Enabled","createdMs":1700000000000,"currentMaterialId":"${'ab'.repeat(32)}","tags":[]}`
const RECORD = JSON.parse(STORED) as KeyRecord

const LISTS = [
  'EncryptionAlgorithms',
  'SigningAlgorithms',
  'MacAlgorithms',
  'KeyAgreementAlgorithms',
  'EncapsulationAlgorithms',
] as const

test('a key that was stored before there were other specs still shows what it is', () => {
  const metadata = keyMetadata(RECORD)
  assert.deepEqual([metadata.KeySpec, metadata.CustomerMasterKeySpec], ['SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT'])
  assert.deepEqual(metadata.EncryptionAlgorithms, ['SYMMETRIC_DEFAULT'])
  assert.equal(metadata.CurrentKeyMaterialId, 'ab'.repeat(32))
})

const CASES = [
  ['RSA_2048', 'ENCRYPT_DECRYPT', 'EncryptionAlgorithms', ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']],
  ['ECC_NIST_P256', 'SIGN_VERIFY', 'SigningAlgorithms', ['ECDSA_SHA_256']],
  ['ECC_NIST_P256', 'KEY_AGREEMENT', 'KeyAgreementAlgorithms', ['ECDH']],
  ['HMAC_384', 'GENERATE_VERIFY_MAC', 'MacAlgorithms', ['HMAC_SHA_384']],
  ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE', 'EncapsulationAlgorithms', ['ML_KEM']],
] as const

for (const [spec, usage, list, algorithms] of CASES) {
  test(`a key of ${spec} for ${usage} shows its ${list}, no other list, and no material id`, () => {
    const metadata = keyMetadata({ ...RECORD, spec, usage })
    assert.deepEqual(metadata[list], algorithms)
    assert.deepEqual(
      LISTS.filter((name) => metadata[name] !== undefined),
      [list],
    )
    assert.equal(metadata.CurrentKeyMaterialId, undefined)
  })
}
