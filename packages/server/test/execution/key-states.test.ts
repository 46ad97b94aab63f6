import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { KEY_STATES } from '../../src/domain/keys/record.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { addUser, ALLOW_KMS } from '../support/identities.ts'
import { callerOf, OTHER_ACCOUNT, TestService } from '../support/service.ts'
import { prepared } from './support/prepared.ts'

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
  ReplicateKey: '-dppivcu',
  UpdatePrimaryRegion: '-dppivc-',
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

/** Every operation that acts on a key, as the registry has them, and the one list that takes a key to filter by. */
const DECLARED = [...OPERATIONS.of('kms').values()]
  .filter(({ name, keys }) => Object.keys(keys).length > 0 || name === 'ListAliases')
  .map(({ name }) => name as OperationName)

let service: TestService
let enforcing: TestService
let admin: Caller
let unprivileged: Caller

before(async () => {
  service = await TestService.open()
  enforcing = await TestService.open('on')
  admin = await addUser(enforcing, 'admin', { inline: { all: ALLOW_KMS } })
  unprivileged = await addUser(enforcing, 'unprivileged')
})
after(async () => {
  await service[Symbol.asyncDispose]()
  await enforcing[Symbol.asyncDispose]()
})

test('the table covers every operation that acts on a key, and every state', () => {
  assert.deepEqual(Object.keys(TABLE).toSorted(), DECLARED.toSorted())
  for (const row of Object.values(TABLE)) assert.equal(row.length, KEY_STATES.length)
})

for (const name of DECLARED) {
  const row = TABLE[name] ?? ''
  describe(name, () => {
    for (const [index, state] of KEY_STATES.entries()) {
      test(`${row[index] === '-' ? 'works' : 'is refused'} in state ${state}`, async () => {
        const { arn, input } = await prepared(name, state, { service })
        const expected = ERRORS[row[index] ?? '']?.(arn)
        if (expected === undefined) await service.ok(name, input)
        else assert.equal(await service.fault(name, input), expected)
      })
    }

    test('is denied alike in every state to a caller without permission, who learns nothing about the state', async () => {
      const { arn, keyId, input } = await prepared(name, 'Enabled', { service: enforcing, caller: admin })
      const named = { ...input, ...('KeyId' in input ? { KeyId: arn } : {}) }
      for (const caller of [unprivileged, callerOf(OTHER_ACCOUNT)]) {
        const denials = new Set<string>()
        for (const state of KEY_STATES) {
          await enforcing.force(keyId, { state })
          denials.add(await enforcing.fault(name, named, caller))
        }
        assert.equal(denials.size, 1)
        assert.match([...denials].join(), /^AccessDeniedException: User: /)
      }
    })
  })
}
