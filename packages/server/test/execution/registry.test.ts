import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS, SERVICES } from '@keyhold/protocol'
import { notYet } from '../../src/services/kms/not-yet.ts'
import { grantOperation } from '../../src/domain/policy/grants/operations.ts'
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

/** AWS KMS API Reference, "Cross-account use" on each operation's page; all that is not here says "No". */
const ACROSS_ACCOUNTS =
  `CreateGrant Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair
  GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetKeyRotationStatus GetPublicKey
  ListGrants ReEncrypt RetireGrant RevokeGrant Sign Verify VerifyMac`.split(/\s+/)

test('every operation says of cross-account use what its page of the API reference says', () => {
  const use = (wanted: string): string[] =>
    [...OPERATIONS.of('kms').values()].flatMap(({ name, crossAccount }) => (crossAccount === wanted ? [name] : []))
  assert.deepEqual(use('yes').toSorted(), ACROSS_ACCOUNTS)
  assert.deepEqual(use('own principals'), ['ListRetirableGrants'])
  assert.deepEqual(use('not applicable'), ['GenerateRandom'])
  assert.equal(use('no').length, 33)
})

test('what a grant can allow works across accounts, as grants are for other accounts too', () => {
  for (const { name, crossAccount, grantable, keys } of OPERATIONS.of('kms').values()) {
    const actions = Object.values(keys).map(({ action = name }) => `kms:${action}`)
    assert.equal(
      actions.some((action) => grantOperation(action) !== undefined),
      grantable,
      name,
    )
    if (grantable) assert.equal(crossAccount, 'yes', name)
  }
})

test('an action works across accounts as its operation does, in any case; unknown ones of KMS do not', () => {
  for (const action of ['kms:Encrypt', 'KMS:encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 's3:GetObject']) {
    assert.equal(OPERATIONS.actionWorksAcrossAccounts(action), true, action)
  }
  const confined = ['kms:PutKeyPolicy', 'kms:putkeypolicy', 'kms:CreateCustomKeyStore', 'kms:GenerateRandom']
  for (const action of [...confined, 'kms:SynchronizeMultiRegionKey', 'kms:ReEncryptBoth']) {
    assert.equal(OPERATIONS.actionWorksAcrossAccounts(action), false, action)
  }
})
