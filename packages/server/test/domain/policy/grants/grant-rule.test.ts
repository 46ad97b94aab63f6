import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS } from '@keyhold/protocol'
import { grantOperation } from '../../../../src/domain/policy/grants/match.ts'
import { type GrantableKey, suitsKey } from '../../../../src/domain/policy/grants/grant-rule.ts'
import { OPERATIONS } from '../../../../src/services/registry.ts'

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

function grantOperationsFor(key: GrantableKey): string[] {
  return OPERATIONS.grantable.filter((operation) => suitsKey(operation, key)).map(({ name }) => name)
}

for (const [spec, usage, operations] of SUITABLE) {
  test(`a grant on ${spec} for ${usage} can hold ${operations.join(', ')} and what suits every key`, () => {
    assert.deepEqual(new Set(grantOperationsFor({ spec, usage })), new Set([...operations, ...ALWAYS]))
  })
}

test('every grant operation of the model suits some key, and no other does', () => {
  const all = SUITABLE.flatMap(([spec, usage]) => grantOperationsFor({ spec, usage }))
  assert.deepEqual(new Set(all), new Set(KMS.enumerations['GrantOperation']))
})

test('what a grant allows is the action without its service, where grants can allow it', () => {
  const grantable = { keys: 'any', context: true } as const
  assert.equal(grantOperation({ action: 'kms:ReEncryptFrom', grantable }), 'ReEncryptFrom')
  assert.equal(grantOperation({ action: 'kms:ReEncryptFrom', grantable: false }), undefined)
})
