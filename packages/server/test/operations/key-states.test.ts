import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { KeySpec, KeyUsageType, OperationName } from '@keyhold/protocol'
import { KEY_STATES, type KeyState } from '../../src/keys/record.ts'
import { operationsOf } from '../../src/operations/registry.ts'
import { wrappedFor } from '../support/import.ts'
import { base64, callerOf, OTHER_ACCOUNT, TestService } from '../support/service.ts'

/**
 * What each operation answers in each state, as the key-state table of the AWS KMS Developer Guide has it:
 * `-` succeeds, the letters stand for the errors below.
 */
const ERRORS: Record<string, (arn: string) => string> = {
  d: (arn) => `DisabledException: ${arn} is disabled.`,
  p: (arn) => `KMSInvalidStateException: ${arn} is pending deletion.`,
  n: (arn) => `KMSInvalidStateException: ${arn} is not pending deletion.`,
  i: (arn) => `KMSInvalidStateException: ${arn} is pending import.`,
  v: (arn) => `KMSInvalidStateException: ${arn} is unavailable.`,
  c: (arn) => `KMSInvalidStateException: ${arn} is creating.`,
  u: (arn) => `KMSInvalidStateException: ${arn} is updating.`,
  x: (arn) => `UnsupportedOperationException: ${arn} origin is EXTERNAL which is not valid for this operation.`,
}

/** One letter for each of KEY_STATES: Enabled, Disabled, PendingDeletion, PendingReplicaDeletion, PendingImport, Unavailable, Creating, Updating. */
const TABLE: Partial<Record<OperationName, string>> = {
  Encrypt: '-dppivc-',
  Decrypt: '-dppivc-',
  ReEncrypt: '-dppivc-',
  GenerateDataKey: '-dppivc-',
  GenerateDataKeyWithoutPlaintext: '-dppivc-',
  GenerateDataKeyPair: '-dppivc-',
  GenerateDataKeyPairWithoutPlaintext: '-dppivc-',
  Sign: '-dppivc-',
  Verify: '-dppivc-',
  GenerateMac: '-dppivc-',
  VerifyMac: '-dppivc-',
  DeriveSharedSecret: '-dppivc-',
  Encapsulate: '-dppivc-',
  Decapsulate: '-dppivc-',
  GetPublicKey: '--pp-vc-',
  DescribeKey: '--------',
  GetKeyPolicy: '--------',
  PutKeyPolicy: '--------',
  ListKeyPolicies: '--------',
  ListResourceTags: '--------',
  ListAliases: '--------',
  DeleteAlias: '--------',
  CreateAlias: '--pp----',
  UpdateAlias: '--pp----',
  TagResource: '--pp----',
  UntagResource: '--pp----',
  UpdateKeyDescription: '--pp----',
  EnableKey: '--ppi-cu',
  DisableKey: '--ppi-cu',
  ScheduleKeyDeletion: '--pp---u',
  CancelKeyDeletion: 'nn--nnnn',
  CreateGrant: '-dppi-c-',
  ListGrants: '--------',
  RetireGrant: '--------',
  RevokeGrant: '--------',
  GetParametersForImport: '--pp--cu',
  ImportKeyMaterial: '--pp--c-',
  DeleteImportedKeyMaterial: '------cu',
  EnableKeyRotation: '-dppx-c-',
  DisableKeyRotation: '-dppx-c-',
  GetKeyRotationStatus: '----x---',
  ListKeyRotations: '--------',
  RotateKeyOnDemand: '-dppi-c-',
  GetKeyLastUsage: '--------',
}

/** Keys that are not symmetric, for operations that need others. */
const KEYS: Partial<Record<OperationName, { KeySpec: KeySpec; KeyUsage: KeyUsageType }>> = {
  Sign: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  Verify: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  GenerateMac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  VerifyMac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  DeriveSharedSecret: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  Encapsulate: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  Decapsulate: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  GetPublicKey: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
}

let service: TestService
let policy: string

before(async () => {
  service = await TestService.open()
  const { keyId } = await service.createKey()
  policy = (await service.ok('GetKeyPolicy', { KeyId: keyId })).Policy ?? ''
})
after(() => service[Symbol.asyncDispose]())

test('the table covers every operation that acts on a key', () => {
  const onKeys = [...operationsOf('kms').values()]
    .filter(({ keys }) => Object.keys(keys).length > 0)
    .map(({ name }) => name)
  assert.deepEqual(Object.keys(TABLE).toSorted(), [...onKeys, 'ListAliases'].toSorted())
})

for (const [name, row] of Object.entries(TABLE) as [OperationName, string][]) {
  describe(name, () => {
    for (const [index, state] of KEY_STATES.entries()) {
      test(`${row[index] === '-' ? 'works' : 'is refused'} in state ${state}`, async () => {
        const { arn, input } = await prepared(name, state)
        const expected = ERRORS[row[index] ?? '']?.(arn)
        if (expected === undefined) await service.ok(name, input)
        else assert.equal(await service.fault(name, input), expected)
      })
    }

    test('is denied to another account, which learns nothing of the state', async () => {
      const denials = new Set<string>()
      for (const state of KEY_STATES) {
        const { arn, input } = await prepared(name, state)
        const named = { ...input, ...('KeyId' in input ? { KeyId: arn } : {}) }
        denials.add(await service.fault(name, named, callerOf(OTHER_ACCOUNT)))
      }
      if (name === 'DeleteAlias')
        return assert.match([...denials].join(), /^NotFoundException: Alias .* is not found\./)
      assert.equal(denials.size, 1)
      assert.match([...denials].join(), /^(AccessDeniedException: User: |NotFoundException: )/)
    })
  })
}

const SIGNED = { Message: base64('text'), SigningAlgorithm: 'ECDSA_SHA_256' }
const AUTHENTICATED = { Message: base64('text'), MacAlgorithm: 'HMAC_SHA_256' }

/** What an enabled key of one usage made, under the names by which the operation that reads it takes it. */
async function madeWith(KeyId: string, usage: KeyUsageType): Promise<Record<string, unknown>> {
  const made: Record<KeyUsageType, () => Promise<Record<string, unknown>>> = {
    ENCRYPT_DECRYPT: () => service.ok('Encrypt', { KeyId, Plaintext: base64('text') }),
    SIGN_VERIFY: () => service.ok('Sign', { KeyId, ...SIGNED }),
    GENERATE_VERIFY_MAC: () => service.ok('GenerateMac', { KeyId, ...AUTHENTICATED }),
    KEY_AGREEMENT: () => service.ok('GetPublicKey', { KeyId }),
    ENCAPSULATE_DECAPSULATE: () => service.ok('Encapsulate', { KeyId, EncapsulationAlgorithm: 'ML_KEM' }),
  }
  const { CiphertextBlob, Signature, Mac, PublicKey, SharedSecretCiphertextBlob } = await made[usage]()
  const members = { CiphertextBlob, Signature, Mac, PublicKey, SharedSecretCiphertextBlob }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** Operations on imported material, which a key must be made for. */
const ON_IMPORTED: ReadonlySet<OperationName> = new Set([
  'GetParametersForImport',
  'ImportKeyMaterial',
  'DeleteImportedKeyMaterial',
])

async function preparedForImport(name: OperationName, state: KeyState): Promise<{ arn: string; input: object }> {
  const { keyId, arn } = await service.createKey({ Origin: 'EXTERNAL' })
  const parameters = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
  const input = name === 'ImportKeyMaterial' ? await wrappedFor(service, keyId, randomBytes(32)) : {}
  await service.force(keyId, { state, ...(state === 'PendingDeletion' && { deletionMs: service.clock.now() + 1e9 }) })
  return { arn, input: { KeyId: keyId, ...(name === 'GetParametersForImport' ? parameters : input) } }
}

/** A fresh key in `state`, and an input for `name` that would succeed with it if it were enabled. */
async function prepared(name: OperationName, state: KeyState): Promise<{ arn: string; input: object }> {
  if (ON_IMPORTED.has(name)) return preparedForImport(name, state)
  const { keyId, arn } = await service.createKey(KEYS[name])
  const alias = `alias/${keyId}`
  const other = await service.createKey()
  if (name === 'DeleteAlias') await service.ok('CreateAlias', { AliasName: alias, TargetKeyId: keyId })
  if (name === 'UpdateAlias') await service.ok('CreateAlias', { AliasName: alias, TargetKeyId: other.keyId })
  const made = await madeWith(keyId, KEYS[name]?.KeyUsage ?? 'ENCRYPT_DECRYPT')
  const grant = { KeyId: keyId, GranteePrincipal: arn.split(':')[4], Operations: ['DescribeKey'] }
  const { GrantId } = await service.ok('CreateGrant', grant)
  const deletionMs = state === 'PendingDeletion' ? service.clock.now() + 1e9 : undefined
  // Only a key that is made for it waits for an import.
  await service.force(keyId, { state, deletionMs, ...(state === 'PendingImport' && { origin: 'EXTERNAL' }) })
  const inputs: Partial<Record<OperationName, object>> = {
    Encrypt: { Plaintext: base64('text') },
    Decrypt: made,
    ReEncrypt: { ...made, SourceKeyId: arn, DestinationKeyId: arn, KeyId: undefined },
    GenerateDataKey: { KeySpec: 'AES_256' },
    GenerateDataKeyWithoutPlaintext: { NumberOfBytes: 64 },
    GenerateDataKeyPair: { KeyPairSpec: 'ECC_NIST_P256' },
    GenerateDataKeyPairWithoutPlaintext: { KeyPairSpec: 'ECC_NIST_P256' },
    Sign: SIGNED,
    Verify: { ...SIGNED, ...made },
    GenerateMac: AUTHENTICATED,
    VerifyMac: { ...AUTHENTICATED, ...made },
    DeriveSharedSecret: { KeyAgreementAlgorithm: 'ECDH', ...made },
    Encapsulate: { EncapsulationAlgorithm: 'ML_KEM' },
    Decapsulate: { EncapsulationAlgorithm: 'ML_KEM', ...made },
    PutKeyPolicy: { Policy: policy },
    CreateAlias: { AliasName: alias, TargetKeyId: arn, KeyId: undefined },
    UpdateAlias: { AliasName: alias, TargetKeyId: arn, KeyId: undefined },
    DeleteAlias: { AliasName: alias, KeyId: undefined },
    TagResource: { Tags: [{ TagKey: 'a', TagValue: 'b' }] },
    UntagResource: { TagKeys: ['a'] },
    UpdateKeyDescription: { Description: 'new' },
    CreateGrant: { GranteePrincipal: arn.split(':')[4], Operations: ['Decrypt'] },
    RetireGrant: { KeyId: arn, GrantId },
    RevokeGrant: { GrantId },
  }
  const { KeyId, ...rest } = { KeyId: keyId as string | undefined, ...inputs[name] }
  return { arn, input: KeyId === undefined ? rest : { KeyId, ...rest } }
}
