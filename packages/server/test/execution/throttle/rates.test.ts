import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DataKeyPairSpec, KMS } from '@keyhold/protocol'
import { keySpecs } from '../../../src/domain/keys/specs.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import {
  dataKeyPairGroup,
  groupOf,
  groupOfRate,
  rateGroups,
  sharedGroup,
  usualRate,
} from '../../../src/execution/throttle/rates.ts'
import type { KeyRecord } from '../../../src/domain/keys/record.ts'

const operation = (name: string) => OPERATIONS.find('kms', name)
const groups = new Set(rateGroups(OPERATIONS.of('kms').values()).map(({ name }) => name))

test('every operation of KMS counts against a rate that an operator sees, and that there is once', () => {
  const listed = rateGroups(OPERATIONS.of('kms').values())
  assert.equal(groups.size, listed.length)
  for (const one of OPERATIONS.of('kms').values()) {
    const group = groupOfRate(one)
    assert.equal(group === undefined, one.rate === 'by key' || one.rate === 'by data key pair', one.name)
    if (group !== undefined) assert.ok(groups.has(group.name), one.name)
  }
})

test('every operation of IAM and STS counts against a rate that an operator sees, what registered services ask against none', () => {
  for (const service of ['iam', 'sts'] as const) {
    for (const one of OPERATIONS.of(service).values()) assert.ok(groups.has(groupOfRate(one)?.name ?? ''), one.name)
  }
  for (const one of OPERATIONS.of('keyhold').values()) assert.equal(groupOfRate(one), undefined, one.name)
})

test('every key spec and every spec of data key pairs has a rate', () => {
  for (const { name: spec } of keySpecs()) {
    assert.ok(groups.has(groupOf(operation('Sign'), {}, { spec } as KeyRecord).name), spec)
  }
  for (const KeyPairSpec of KMS.enumerations['DataKeyPairSpec'] as DataKeyPairSpec[]) {
    const group = groupOf(operation('GenerateDataKeyPair'), { KeyPairSpec }, undefined)
    assert.deepEqual(group, dataKeyPairGroup(KeyPairSpec))
    assert.ok(groups.has(group.name), KeyPairSpec)
  }
})

test('the sort of key decides, and without a key the request is symmetric', () => {
  const group = (name: string, spec?: string): string =>
    groupOf(operation(name), {}, spec === undefined ? undefined : ({ spec } as KeyRecord)).name
  assert.equal(group('Decrypt', 'SYMMETRIC_DEFAULT'), 'cryptographic-symmetric')
  assert.equal(group('Decrypt', 'RSA_2048'), 'cryptographic-rsa')
  assert.equal(group('Sign', 'ML_DSA_44'), 'cryptographic-ml-dsa')
  assert.equal(group('Sign', 'ECC_NIST_EDWARDS25519'), 'cryptographic-ecc')
  assert.equal(group('Decrypt'), 'cryptographic-symmetric')
})

test('the symmetric rate is that of AWS’s page for each Region, and no other rate depends on it', () => {
  const symmetric = sharedGroup('cryptographic-symmetric')
  assert.equal(usualRate(symmetric, 'us-east-1'), 100_000)
  assert.equal(usualRate(symmetric, 'eu-central-1'), 20_000)
  assert.equal(usualRate(symmetric, 'eu-north-1'), 10_000)
  for (const group of [
    sharedGroup('cryptographic-rsa'),
    dataKeyPairGroup('RSA_4096'),
    { name: 'CreateKey', perSecond: 5 },
  ]) {
    for (const region of ['us-east-1', 'eu-north-1']) assert.equal(usualRate(group, region), group.perSecond)
  }
})
