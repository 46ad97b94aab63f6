import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DataKeyPairSpec, KMS } from '@keyhold/protocol'
import { keySpecs } from '../../../src/domain/keys/specs.ts'
import { groupOf, groupOfName } from '../../../src/execution/throttle/groups.ts'
import { dataKeyPairGroup, REQUEST_RATES, usualRate } from '../../../src/execution/throttle/rates.ts'
import type { KeyRecord } from '../../../src/domain/keys/record.ts'

/** Operations whose rate is that of their key or of what they are asked to make. */
const BY_KEY = ['Encrypt', 'Decrypt', 'ReEncrypt', 'Sign', 'Verify']
const BY_INPUT = ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext']

test('every operation of the model counts against a rate that there is', () => {
  for (const name of Object.keys(KMS.operations)) {
    const group = groupOfName(name)
    assert.equal(group === undefined, [...BY_KEY, ...BY_INPUT].includes(name), name)
    if (group !== undefined) assert.ok(REQUEST_RATES.has(group), name)
  }
})

test('every key spec and every spec of data key pairs has a rate', () => {
  for (const { name: spec } of keySpecs()) {
    const group = groupOf('Sign', {}, { spec } as KeyRecord)
    assert.ok(REQUEST_RATES.has(group), spec)
  }
  for (const KeyPairSpec of KMS.enumerations['DataKeyPairSpec'] as DataKeyPairSpec[]) {
    const group = groupOf('GenerateDataKeyPair', { KeyPairSpec }, { spec: 'SYMMETRIC_DEFAULT' } as KeyRecord)
    assert.equal(group, dataKeyPairGroup(KeyPairSpec))
    assert.ok(REQUEST_RATES.has(group), KeyPairSpec)
  }
})

test('the sort of key decides, and without a key the request is symmetric', () => {
  const group = (spec: string): string => groupOf('Decrypt', {}, { spec } as KeyRecord)
  assert.equal(group('SYMMETRIC_DEFAULT'), 'cryptographic-symmetric')
  assert.equal(group('RSA_2048'), 'cryptographic-rsa')
  assert.equal(groupOf('Sign', {}, { spec: 'ML_DSA_44' } as KeyRecord), 'cryptographic-ml-dsa')
  assert.equal(groupOf('Sign', {}, { spec: 'ECC_NIST_EDWARDS25519' } as KeyRecord), 'cryptographic-ecc')
  assert.equal(groupOf('Decrypt', {}, undefined), 'cryptographic-symmetric')
})

test('rates are those of AWS’s page', () => {
  const rates: [string, string, number][] = [
    ['cryptographic-symmetric', 'us-east-1', 100_000],
    ['cryptographic-symmetric', 'eu-central-1', 20_000],
    ['cryptographic-symmetric', 'eu-north-1', 10_000],
    ['cryptographic-rsa', 'us-east-1', 1000],
    ['CreateKey', 'us-east-1', 5],
    ['DescribeKey', 'us-east-1', 2000],
    ['GetParametersForImport', 'us-east-1', 0.25],
    ['GenerateDataKeyPair/RSA_4096', 'us-east-1', 1],
  ]
  for (const [group, region, perSecond] of rates) assert.equal(usualRate(group, region), perSecond)
  assert.throws(() => usualRate('Nonesuch', 'us-east-1'), /there is no rate/)
})
