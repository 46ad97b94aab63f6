import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS, SERVICES } from '@keyhold/protocol'
import { notYet } from '../../src/operations/not-yet.ts'
import { findOperation, operationsOf } from '../../src/operations/registry.ts'

const SUPPORTED =
  `CancelKeyDeletion CreateAlias CreateGrant CreateKey Decapsulate Decrypt DeleteAlias DeleteImportedKeyMaterial
  DeriveSharedSecret DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation Encapsulate Encrypt
  GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext
  GenerateMac GenerateRandom GetKeyLastUsage GetKeyPolicy GetKeyRotationStatus GetParametersForImport GetPublicKey
  ImportKeyMaterial ListAliases ListGrants ListKeyPolicies ListKeyRotations ListKeys ListResourceTags
  ListRetirableGrants PutKeyPolicy ReEncrypt ReplicateKey RetireGrant RevokeGrant RotateKeyOnDemand
  ScheduleKeyDeletion Sign TagResource UntagResource UpdateAlias UpdateKeyDescription UpdatePrimaryRegion Verify
  VerifyMac`.split(/\s+/)

test('the registry and the list of what is not there yet are together the model', () => {
  assert.deepEqual([...operationsOf('kms').keys()].toSorted(), Object.keys(KMS.operations).toSorted())
  assert.equal(operationsOf('kms').size, 56)
})

test('50 operations work, and the six of custom key stores are refused with a reason', () => {
  const refused = notYet.map(({ name }) => name)
  assert.equal(new Set(refused).size, 6)
  for (const name of refused) assert.match(name, /CustomKeyStores?$/)
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
