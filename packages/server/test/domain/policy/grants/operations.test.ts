import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS } from '@keyhold/protocol'
import { grantOperation, grantOperationsFor } from '../../../../src/domain/policy/grants/operations.ts'

const ALWAYS = ['DescribeKey', 'CreateGrant', 'RetireGrant']
const SYMMETRIC = [
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
]
const ENCRYPTION = ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo']

/** Source: AWS KMS Developer Guide, "Grants in AWS KMS", and the operations that each kind of key supports. */
const SUITABLE: readonly (readonly [spec: string, usage: string, operations: readonly string[]])[] = [
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', [...ENCRYPTION, ...SYMMETRIC]],
  ['RSA_4096', 'ENCRYPT_DECRYPT', [...ENCRYPTION, 'GetPublicKey']],
  ['RSA_2048', 'SIGN_VERIFY', ['Sign', 'Verify', 'GetPublicKey']],
  ['ML_DSA_65', 'SIGN_VERIFY', ['Sign', 'Verify', 'GetPublicKey']],
  ['HMAC_256', 'GENERATE_VERIFY_MAC', ['GenerateMac', 'VerifyMac']],
  ['ECC_NIST_P256', 'KEY_AGREEMENT', ['DeriveSharedSecret', 'GetPublicKey']],
  ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', ['Encapsulate', 'Decapsulate', 'GetPublicKey']],
]

for (const [spec, usage, operations] of SUITABLE) {
  test(`a grant on ${spec} for ${usage} can hold ${operations.join(', ')} and what suits every key`, () => {
    assert.deepEqual(new Set(grantOperationsFor({ spec, usage })), new Set([...operations, ...ALWAYS]))
  })
}

test('every grant operation of the model suits some key, and no other does', () => {
  const all = SUITABLE.flatMap(([spec, usage]) => grantOperationsFor({ spec, usage }))
  assert.deepEqual(new Set(all), new Set(KMS.enumerations['GrantOperation']))
})

test('grants are about actions of kms that are grant operations, by their exact names', () => {
  assert.equal(grantOperation('kms:ReEncryptFrom'), 'ReEncryptFrom')
  for (const action of [
    'kms:ReEncrypt',
    'kms:ListGrants',
    'kms:decrypt',
    'iam:Decrypt',
    'Decrypt',
    'kms:',
    'kms:constructor',
  ]) {
    assert.equal(grantOperation(action), undefined, action)
  }
})
