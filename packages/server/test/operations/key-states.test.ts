import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../src/identity/caller.ts'
import { endTransitions } from '../../src/jobs/transitions.ts'
import { KEY_STATES, type KeyState } from '../../src/keys/record.ts'
import { operationsOf } from '../../src/operations/registry.ts'
import { addUser, ALLOW_KMS } from '../support/identities.ts'
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
}

/** One letter for each of KEY_STATES: Enabled, Disabled, PendingDeletion, PendingReplicaDeletion, PendingImport, Unavailable, Creating, Updating. */
const TABLE: Partial<Record<OperationName, string>> = {
  Encrypt: '-dppivc-',
  Decrypt: '-dppivc-',
  ReEncrypt: '-dppivc-',
  GenerateDataKey: '-dppivc-',
  GenerateDataKeyWithoutPlaintext: '-dppivc-',
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
}

/** Every operation that acts on a key, as the registry has them, and the one list that takes a key to filter by. */
const OPERATIONS = [...operationsOf('kms').values()]
  .filter(({ name, keys }) => Object.keys(keys).length > 0 || name === 'ListAliases')
  .map(({ name }) => name as OperationName)

/** What the key of an operation must be, where the usual one does not do. */
const KEYS: Partial<Record<OperationName, object>> = {
  ReplicateKey: { MultiRegion: true },
  UpdatePrimaryRegion: { MultiRegion: true },
}
const REPLICA_REGION = 'us-west-2'

let service: TestService
let enforcing: TestService
let admin: Caller
let nobody: Caller
let policy: string

before(async () => {
  service = await TestService.open()
  enforcing = await TestService.open('on')
  admin = await addUser(enforcing, 'admin', { inline: { all: ALLOW_KMS } })
  nobody = await addUser(enforcing, 'nobody')
  const { keyId } = await service.createKey()
  policy = (await service.ok('GetKeyPolicy', { KeyId: keyId })).Policy ?? ''
})
after(async () => {
  await service[Symbol.asyncDispose]()
  await enforcing[Symbol.asyncDispose]()
})

test('the table covers every operation that acts on a key, and every state', () => {
  assert.deepEqual(Object.keys(TABLE).toSorted(), OPERATIONS.toSorted())
  for (const row of Object.values(TABLE)) assert.equal(row.length, KEY_STATES.length)
})

for (const name of OPERATIONS) {
  const row = TABLE[name] ?? ''
  describe(name, () => {
    for (const [index, state] of KEY_STATES.entries()) {
      test(`${row[index] === '-' ? 'works' : 'is refused'} in state ${state}`, async () => {
        const { arn, input } = await prepared(name, state)
        const expected = ERRORS[row[index] ?? '']?.(arn)
        if (expected === undefined) await service.ok(name, input)
        else assert.equal(await service.fault(name, input), expected)
      })
    }

    test('is denied alike in every state to whoever may not do it, who learns nothing of the state', async () => {
      const { arn, keyId, input } = await prepared(name, 'Enabled', { service: enforcing, caller: admin })
      const named = { ...input, ...('KeyId' in input ? { KeyId: arn } : {}) }
      for (const caller of [nobody, callerOf(OTHER_ACCOUNT)]) {
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

/** A fresh key in `state`, and an input for `name` that would succeed with it if it were enabled. */
async function prepared(
  name: OperationName,
  state: KeyState,
  { service: at, caller }: { service: TestService; caller?: Caller } = { service },
): Promise<{ arn: string; keyId: string; input: object }> {
  const { keyId, arn } = await at.createKey(KEYS[name], caller)
  const alias = `alias/${keyId}`
  if (name === 'DeleteAlias') await at.ok('CreateAlias', { AliasName: alias, TargetKeyId: keyId }, caller)
  if (name === 'UpdateAlias') {
    const other = await at.createKey({}, caller)
    await at.ok('CreateAlias', { AliasName: alias, TargetKeyId: other.keyId }, caller)
  }
  if (name === 'UpdatePrimaryRegion') {
    await at.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: REPLICA_REGION }, caller)
    await endTransitions(at.services)
  }
  const { CiphertextBlob } = await at.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') }, caller)
  const grant = { KeyId: keyId, GranteePrincipal: arn.split(':')[4], Operations: ['Decrypt'] }
  const { GrantId } = await at.ok('CreateGrant', grant, caller)
  const deletionMs = state === 'PendingDeletion' ? at.clock.now() + 1e9 : undefined
  await at.force(keyId, { state, deletionMs })
  const inputs: Partial<Record<OperationName, object>> = {
    Encrypt: { Plaintext: base64('text') },
    Decrypt: { CiphertextBlob },
    ReEncrypt: { CiphertextBlob, SourceKeyId: arn, DestinationKeyId: arn, KeyId: undefined },
    GenerateDataKey: { KeySpec: 'AES_256' },
    GenerateDataKeyWithoutPlaintext: { NumberOfBytes: 64 },
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
    ReplicateKey: { ReplicaRegion: REPLICA_REGION },
    UpdatePrimaryRegion: { PrimaryRegion: REPLICA_REGION },
  }
  const { KeyId, ...rest } = { KeyId: keyId as string | undefined, ...inputs[name] }
  return { arn, keyId, input: KeyId === undefined ? rest : { KeyId, ...rest } }
}
