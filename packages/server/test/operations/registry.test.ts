import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS } from '@keyhold/protocol'
import { notYet } from '../../src/operations/not-yet.ts'
import { findOperation, OPERATIONS, operationLabel } from '../../src/operations/registry.ts'

const SUPPORTED = `CancelKeyDeletion CreateAlias CreateKey Decrypt DeleteAlias DescribeKey DisableKey EnableKey Encrypt
  GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom GetKeyPolicy ListAliases ListKeyPolicies ListKeys
  ListResourceTags PutKeyPolicy ReEncrypt ScheduleKeyDeletion TagResource UntagResource UpdateAlias
  UpdateKeyDescription`.split(/\s+/)

test('the registry and the list of what is not there yet are together the model', () => {
  assert.deepEqual([...OPERATIONS.keys()].toSorted(), Object.keys(KMS.operations).toSorted())
  assert.equal(OPERATIONS.size, 56)
})

test('24 operations work and 32 are refused with a reason', () => {
  const refused = notYet.map(({ name }) => name)
  assert.equal(new Set(refused).size, 32)
  assert.deepEqual([...OPERATIONS.keys()].filter((name) => !refused.includes(name)).toSorted(), SUPPORTED)
})

test('an operation is found by its target and by nothing else', () => {
  assert.equal(findOperation('TrentService.Encrypt').name, 'Encrypt')
  for (const target of [undefined, '', 'Encrypt', 'TrentService.', 'TrentService.encrypt', 'TrentService.__proto__']) {
    assert.throws(() => findOperation(target), { code: 'UnknownOperationException' })
    assert.equal(operationLabel(target), 'Unknown')
  }
})
