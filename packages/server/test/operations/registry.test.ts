import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS, SERVICES } from '@keyhold/protocol'
import { notYet } from '../../src/operations/not-yet.ts'
import { findOperation, operationsOf } from '../../src/operations/registry.ts'

const SUPPORTED =
  `CancelKeyDeletion CreateAlias CreateGrant CreateKey Decrypt DeleteAlias DescribeKey DisableKey EnableKey Encrypt
  GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom GetKeyPolicy ListAliases ListGrants ListKeyPolicies ListKeys
  ListResourceTags ListRetirableGrants PutKeyPolicy ReEncrypt ReplicateKey RetireGrant RevokeGrant ScheduleKeyDeletion TagResource UntagResource UpdateAlias
  UpdateKeyDescription UpdatePrimaryRegion`.split(/\s+/)

test('the registry and the list of what is not there yet are together the model', () => {
  assert.deepEqual([...operationsOf('kms').keys()].toSorted(), Object.keys(KMS.operations).toSorted())
  assert.equal(operationsOf('kms').size, 56)
})

test('31 operations work and 25 are refused with a reason', () => {
  const refused = notYet.map(({ name }) => name)
  assert.equal(new Set(refused).size, 25)
  assert.deepEqual([...operationsOf('kms').keys()].filter((name) => !refused.includes(name)).toSorted(), SUPPORTED)
})

test('every operation of IAM and STS that the models have is declared', () => {
  for (const service of ['iam', 'sts'] as const) {
    const declared = [...operationsOf(service).keys()].toSorted()
    assert.deepEqual(declared, Object.keys(SERVICES[service].model.operations).toSorted())
  }
})

test('an operation belongs to its service alone', () => {
  assert.equal(findOperation('kms', 'Encrypt').name, 'Encrypt')
  assert.throws(() => findOperation('iam', 'Encrypt'))
})
