import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS, SERVICES } from '@keyhold/protocol'
import { notYet } from '../../src/services/kms/not-yet.ts'
import { OPERATIONS } from '../../src/services/registry.ts'

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
  assert.deepEqual([...OPERATIONS.of('kms').keys()].toSorted(), Object.keys(KMS.operations).toSorted())
  assert.equal(OPERATIONS.of('kms').size, 56)
})

test('50 operations work, and the six of custom key stores are refused with a reason', () => {
  const refused = notYet.map(({ name }) => name)
  assert.equal(new Set(refused).size, 6)
  for (const name of refused) assert.match(name, /CustomKeyStores?$/)
  assert.deepEqual([...OPERATIONS.of('kms').keys()].filter((name) => !refused.includes(name)).toSorted(), SUPPORTED)
})

test('every operation of IAM and STS that the models have is declared', () => {
  for (const service of ['iam', 'sts'] as const) {
    const declared = [...OPERATIONS.of(service).keys()].toSorted()
    assert.deepEqual(declared, Object.keys(SERVICES[service].model.operations).toSorted())
  }
})

test('an operation belongs to its service alone', () => {
  assert.equal(OPERATIONS.find('kms', 'Encrypt').name, 'Encrypt')
  assert.throws(() => OPERATIONS.find('iam', 'Encrypt'))
})

test('an action works across accounts as its operation does, in any case; unknown ones of KMS do not', () => {
  const across = (action: string): boolean | undefined => OPERATIONS.rulesOf(action)?.acrossAccounts
  for (const action of ['kms:Encrypt', 'KMS:encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']) {
    assert.equal(across(action), true, action)
  }
  const confined = ['kms:PutKeyPolicy', 'kms:putkeypolicy', 'kms:CreateCustomKeyStore', 'kms:GenerateRandom']
  for (const action of confined) assert.equal(across(action), false, action)
  for (const action of ['kms:SynchronizeMultiRegionKey', 'kms:ReEncryptBoth', 's3:GetObject']) {
    assert.equal(across(action), undefined, action)
  }
})
