/** That every condition key which AWS lists for an action is supplied, is readable, and is supplied nowhere else. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { decideAgain } from '../../src/admin/access/decide-again.ts'
import { COMMON_CONDITION_KEYS } from '../../src/domain/policy/condition-values.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { readRecords } from '../../src/audit/read-records.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { contextOf } from '../admin/access/support/access.ts'
import { inSession } from '../admin/access/support/denials.ts'
import { addService, addUser, ALLOW_KMS } from '../support/identities.ts'
import { REGION } from '../support/service.ts'
import { scene, type Scene } from '../support/scene.ts'
import { areReadable, isTyped, suppliedTo } from './support/readable.ts'
import { prepared } from './support/prepared.ts'
import { KMS_ACTIONS, NEVER_SUPPLIED, OF_KEYS, REFUSED_ACTIONS, TYPES } from './support/service-authorization.ts'

const SERVICE = 'backup.example.internal'
const CONTEXT = { tenant: 'acme' }
const TAGS = [{ TagKey: 'team', TagValue: 'blue' }]
const ALGORITHM = 'SYMMETRIC_DEFAULT'
const SOURCE = `arn:aws:backup:${REGION}:111122223333:vault`
const GRANTED = {
  Operations: ['Decrypt'],
  Constraints: { EncryptionContextSubset: CONTEXT, SourceArn: SOURCE },
}

/** What a request must say for all of its condition keys to be there: parameters with defaults are absent to `Null`. */
const SAID: Partial<Record<OperationName, object>> = {
  CreateKey: {
    Tags: TAGS,
    KeySpec: ALGORITHM,
    KeyUsage: 'ENCRYPT_DECRYPT',
    Origin: 'AWS_KMS',
    MultiRegion: true,
    BypassPolicyLockoutSafetyCheck: false,
  },
  Encrypt: { EncryptionContext: CONTEXT, EncryptionAlgorithm: ALGORITHM },
  Decrypt: { EncryptionContext: CONTEXT, EncryptionAlgorithm: ALGORITHM },
  ReEncrypt: {
    SourceEncryptionContext: CONTEXT,
    DestinationEncryptionContext: CONTEXT,
    SourceEncryptionAlgorithm: ALGORITHM,
    DestinationEncryptionAlgorithm: ALGORITHM,
  },
  GenerateDataKey: { EncryptionContext: CONTEXT },
  GenerateDataKeyWithoutPlaintext: { EncryptionContext: CONTEXT },
  GenerateDataKeyPair: { EncryptionContext: CONTEXT },
  GenerateDataKeyPairWithoutPlaintext: { EncryptionContext: CONTEXT },
  Sign: { MessageType: 'RAW' },
  Verify: { MessageType: 'RAW' },
  EnableKeyRotation: { RotationPeriodInDays: 365 },
  ImportKeyMaterial: { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: 1_900_000_000.5 },
  PutKeyPolicy: { BypassPolicyLockoutSafetyCheck: false },
  ReplicateKey: { Tags: TAGS, BypassPolicyLockoutSafetyCheck: false },
  ScheduleKeyDeletion: { PendingWindowInDays: 30 },
  TagResource: { Tags: TAGS },
  UntagResource: { TagKeys: ['team'] },
}

/** Members that name a key by which an operation uses it. */
const MEMBERS = ['KeyId', 'SourceKeyId', 'DestinationKeyId']
/** The older names of kms:KeySpec and kms:KeyUsage. */
const DEPRECATED = ['kms:CustomerMasterKeySpec', 'kms:CustomerMasterKeyUsage']

/** Of a key that is still to be made, which has neither aliases nor tags yet. */
const OF_NEW_KEYS = OF_KEYS.filter((key) => key !== 'aws:ResourceTag/team' && key !== 'kms:ResourceAliases')

/** The actions that an operation needs, where they are not its own alone. */
const NEEDED: Partial<Record<OperationName, readonly string[]>> = {
  CreateKey: ['CreateKey', 'TagResource'],
  ReEncrypt: ['ReEncryptFrom', 'ReEncryptTo'],
  ReplicateKey: ['ReplicateKey', 'CreateKey', 'TagResource'],
}

let at: Scene
let probers = 0
before(async () => {
  at = await scene()
  await addService(at.service, SERVICE)
})
after(() => at[Symbol.asyncDispose]())

test('every operation of KMS has a row in the table, or is refused by name', () => {
  const rows = new Set(Object.keys(KMS_ACTIONS))
  test('SECURITY.md names every condition key that is never supplied', () => {
    const page = readFileSync('SECURITY.md', 'utf8')
    for (const key of Object.values(NEVER_SUPPLIED).flat()) {
      assert.ok(page.includes(`\`${key.replace(/^(kms:RecipientAttestation:).*/, '$1…')}\``), key)
      assert.ok(!(key in TYPES), key)
    }
  })

  for (const name of OPERATIONS.of('kms').keys()) {
    const actions = NEEDED[name as OperationName] ?? [name]
    for (const action of actions) assert.ok(rows.has(action) !== REFUSED_ACTIONS.includes(action), action)
  }
})

test('every condition key has a type, or a reason why it is never supplied', () => {
  const known = new Set(
    [...Object.keys(TYPES), ...Object.values(NEVER_SUPPLIED).flat()].map((name) => name.toLowerCase()),
  )
  const listed = [...Object.values(KMS_ACTIONS).flat(), ...OF_KEYS]
  for (const name of [...COMMON_CONDITION_KEYS, ...listed]) assert.ok(known.has(name.toLowerCase()), name)
})

for (const name of OPERATIONS.of('kms').keys() as Iterable<OperationName>) {
  if (REFUSED_ACTIONS.includes(name)) continue
  test(`a request for ${name} supplies every condition key that AWS lists for it, and no other of KMS`, async () => {
    for (const variant of await requestsFor(name)) await supplies(name, variant)
  })
}

interface Variant {
  input: object
  caller: Caller
  /** The cells that it does not have, as another variant of the operation has them. */
  lacks: readonly string[]
}

async function requestsFor(name: OperationName): Promise<Variant[]> {
  const { service, admin } = at
  if (name === 'CreateGrant') return grantRequests()
  if (name === 'RetireGrant') return [await retirement()]
  // Multi-Region keys are rotated on demand, and imported, in ways of their own; what policies see is the same.
  const { keyId, input } = await prepared(name, 'Enabled', {
    service,
    caller: admin,
    also: { Tags: TAGS, MultiRegion: true },
  })
  const alias = await aliasOf(keyId)
  const byAlias = (NEEDED[name] ?? [name]).some((action) => KMS_ACTIONS[action]?.includes('kms:RequestAlias'))
  const named = byAlias ? MEMBERS.filter((member) => member in input || name === 'Decrypt') : []
  const references = Object.fromEntries(named.map((member) => [member, alias]))
  return [{ input: { ...input, ...SAID[name], ...references }, caller: await prober(name), lacks: [] }]
}

/** A grant is for a principal or for a service. */
async function grantRequests(): Promise<Variant[]> {
  const { keyId: KeyId } = await at.service.createKey({ Tags: TAGS, MultiRegion: true }, at.admin)
  await aliasOf(KeyId)
  const parties = {
    principal: ['kms:GranteePrincipal', 'kms:RetiringPrincipal'],
    service: ['kms:GranteeServicePrincipal', 'kms:RetiringServicePrincipal'],
  }
  const [ann, ben] = [await prober('CreateGrant', parties.service), await prober('CreateGrant', parties.principal)]
  const { arn } = ann.principal
  return [
    {
      input: { KeyId, ...GRANTED, GranteePrincipal: arn, RetiringPrincipal: arn },
      caller: ann,
      lacks: parties.service,
    },
    {
      input: { KeyId, ...GRANTED, GranteeServicePrincipal: SERVICE, RetiringServicePrincipal: SERVICE },
      caller: ben,
      lacks: parties.principal,
    },
  ]
}

async function retirement(): Promise<Variant> {
  const { keyId: KeyId, arn } = await at.service.createKey({ Tags: TAGS, MultiRegion: true }, at.admin)
  await aliasOf(KeyId)
  const caller = await prober('RetireGrant')
  const GranteePrincipal = caller.principal.arn
  const grant = { Operations: ['Decrypt'], Constraints: { EncryptionContextSubset: CONTEXT } }
  const parties = { GranteePrincipal, RetiringPrincipal: GranteePrincipal }
  const { GrantId } = await at.service.ok('CreateGrant', { KeyId, ...grant, ...parties }, at.admin)
  return { input: { KeyId: arn, GrantId }, caller, lacks: [] }
}

async function aliasOf(TargetKeyId: string): Promise<string> {
  const AliasName = `alias/probe/${TargetKeyId}`
  await at.service.ok('CreateAlias', { AliasName, TargetKeyId }, at.admin)
  return AliasName
}

/** A user that a service acts for, and whose request is denied if it lacks one of the keys. */
async function prober(name: OperationName, lacks: readonly string[] = []): Promise<Caller> {
  const denials = (NEEDED[name] ?? [name]).flatMap((action) => {
    const own = KMS_ACTIONS[action]?.filter((key) => !lacks.includes(key)) ?? []
    const ofKey = action === 'TagResource' && name !== action ? OF_NEW_KEYS : OF_KEYS
    // A replica, and the key that is to become the primary, are in another Region, with tags and aliases of their own.
    const resource = ofKey === OF_NEW_KEYS ? 'arn:aws:kms:*:*:key/*' : `arn:aws:kms:${REGION}:*:key/*`
    return [...own.map((key) => [action, key, '*'] as const), ...ofKey.map((key) => [action, key, resource] as const)]
  })
  const inline = denials.map(([action, key, Resource]) => [
    `${action} on ${Resource} lacks ${key}`,
    { Effect: 'Deny', Action: `kms:${action}`, Resource, Condition: { Null: { [key]: 'true' } } },
  ])
  const user = await addUser(at.service, `prober-${(probers += 1)}`, {
    inline: { all: ALLOW_KMS, ...(Object.fromEntries(inline) as Record<string, object>) },
    tags: { team: 'blue' },
  })
  return inSession(user, { via: { service: SERVICE, forwarded: true } })
}

/** The record of the newest request: what it did elsewhere has records too. */
async function lastCall(): Promise<AuditRecord> {
  let last: AuditRecord | undefined
  for await (const record of readRecords(contextOf(at.service).auditFolder)) if (record.kind === 'call') last = record
  assert.ok(last)
  return last
}

async function supplies(operation: OperationName, { input, caller, lacks }: Variant): Promise<void> {
  const { body } = await at.service.call(operation, input, caller)
  const record = await lastCall()
  const why = `${String(body['message'])} ${JSON.stringify(record.decision?.basis)}`
  assert.equal(record.operation, operation)
  assert.equal(record.decision?.allowed, true, why)
  const decided = await decideAgain(record, at.service.services)
  assert.ok(decided !== 'caller-gone')
  const actions = new Set(decided.map(({ action }) => action.slice('kms:'.length)))
  assert.deepEqual([...actions].toSorted(), [...(NEEDED[operation] ?? [operation])].toSorted())
  for (const { action, facts, resource, request } of decided) {
    const name = action.slice('kms:'.length)
    const isKey = facts.key !== undefined || resource.arn?.includes(':key/') === true
    const ofKey = isKey ? [...OF_KEYS, ...DEPRECATED] : []
    const listed = [...(KMS_ACTIONS[name] ?? []), ...ofKey, ...(name === 'CreateKey' ? DEPRECATED : [])]
    for (const [key, values] of suppliedTo(request)) {
      assert.ok(areReadable(key, values), `${action}: ${key} is ${values}`)
      assert.ok(!key.startsWith('kms:') || listed.includes(key), `${action} on ${resource.arn} has ${key} too`)
    }
    for (const key of Object.keys(facts.own)) assert.ok(isTyped(key), `${action} has ${key}, which has no type`)
    for (const key of lacks) assert.equal(request.conditions.get(key.toLowerCase()), undefined, key)
  }
}
