import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { parseArn } from '@keyhold/protocol'
import type { AuditRecord } from '../../src/audit/record.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import type { KeyState } from '../../src/domain/keys/record.ts'
import type { AnyOperation } from '../../src/execution/define.ts'
import { notYet } from '../../src/services/kms/not-yet.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { addService, addUser, ALLOW_KMS, policyOf } from '../support/identities.ts'
import { recordsOf } from '../support/records.ts'
import { ACCOUNT, OTHER_ACCOUNT, TestService } from '../support/service.ts'
import { prepared } from './support/prepared.ts'

/**
 * Every operation × {own, other account} × {key policy allows, denies}, from what the registry says of cross-account use.
 * The key policy lets both accounts do everything, but for one user of each.
 */

const UNSUPPORTED = new Set(notYet.map(({ name }) => name))
const DECLARED = [...OPERATIONS.of('kms').values()]
/** Grants decide who retires them, not the key policy: see the tests below. */
const BY_GRANTS = new Set<string>(['RetireGrant'])

const CONFINED = /^AccessDeniedException: .* on this resource because the resource does not exist in this Region, /
const DENIED = /^AccessDeniedException: User: /

let service: TestService
/** `ann` and `bob` are let in by the key policy, `dan` and `dora` are kept out; `bob` and `dora` are of the other account. */
let callers: Readonly<Record<'ann' | 'dan' | 'bob' | 'dora', Caller>>
let backup: Caller
let own: Caller

before(async () => {
  service = await TestService.open('on')
  const inline = { all: ALLOW_KMS }
  callers = {
    ann: await addUser(service, 'ann', { inline }),
    dan: await addUser(service, 'dan', { inline }),
    bob: await addUser(service, 'bob', { inline, accountId: OTHER_ACCOUNT }),
    dora: await addUser(service, 'dora', { inline, accountId: OTHER_ACCOUNT }),
  }
  backup = await addService(service, 'backup.example.internal', OTHER_ACCOUNT)
  own = await addService(service, 'own.example.internal', ACCOUNT)
})
after(() => service[Symbol.asyncDispose]())

for (const operation of DECLARED) {
  describe(operation.name, () => {
    test('does in its own account what the key policy allows, and not what it denies', async () => {
      const { input } = await onKeyOf(operation)
      if (UNSUPPORTED.has(operation.name)) return refusesAll(operation, input)
      if (actsOnKey(operation)) assert.match(await fault(operation, input, 'dan'), DENIED)
      await service.ok(operation.name as OperationName, input, callers.ann)
    })

    test(`of another account it is ${operation.crossAccount === 'yes' ? 'allowed as well' : 'refused'}`, async () => {
      const { input } = await onKeyOf(operation)
      if (UNSUPPORTED.has(operation.name)) return refusesAll(operation, input)
      assert.match(await faultElsewhere(operation, input, 'dora'), DENIED_ELSEWHERE[operation.name] ?? DENIED)
      if (operation.crossAccount === 'yes' && !BY_GRANTS.has(operation.name)) {
        await service.ok(operation.name as OperationName, input, callers.bob)
        return
      }
      assert.match(await faultElsewhere(operation, input, 'bob'), DENIED_ELSEWHERE[operation.name] ?? CONFINED)
    })
  })
}

/**
 * What does not ask for a key of another account: operations without a resource, which each account does in itself, and
 * alias names, which are names within the caller's account.
 */
const DENIED_ELSEWHERE: Readonly<Record<string, RegExp>> = {
  CreateKey: /^nothing of another account's$/,
  ListKeys: /^nothing of another account's$/,
  GenerateRandom: /^nothing of another account's$/,
  ListRetirableGrants: /^InvalidArnException: ARN does not refer to a valid principal/,
  DeleteAlias: /^AccessDeniedException|^NotFoundException: Alias arn:aws:kms:eu-central-1:444455556666:/,
}

test('a service that another account has registered is confined like that account', async () => {
  const { arn } = await keyForAll()
  await service.ok('DescribeKey', { KeyId: arn }, backup)
  for (const name of ['DisableKey', 'GetKeyPolicy', 'ScheduleKeyDeletion'] as const) {
    assert.match(await service.fault(name, { KeyId: arn }, backup), CONFINED)
  }
})

test('a service that acts for a user by a forwarded request is confined like the user', async () => {
  const { arn } = await keyForAll()
  const via = { service: 'own.example.internal', forwarded: true }
  const session = { issuedMs: 0, expiresMs: Infinity, tags: [], transitiveTagKeys: [], via }
  assert.match(await service.fault('DisableKey', { KeyId: arn }, { ...callers.bob, session }), CONFINED)
  await service.ok('DisableKey', { KeyId: arn }, { ...callers.ann, session })
})

test('a service of the key’s own account does what its key policy allows', async () => {
  const { arn } = await keyForAll()
  await service.ok('GetKeyPolicy', { KeyId: arn }, own)
})

test('no grant makes an operation work across accounts, and a root is confined too', async () => {
  const { arn, keyId } = await keyForAll()
  const Operations = ['DescribeKey', 'CreateGrant', 'Decrypt']
  const grant = { KeyId: keyId, GranteePrincipal: callers.bob.principal.arn, Operations }
  const { GrantToken } = await service.ok('CreateGrant', grant, callers.ann)
  await service.ok('DescribeKey', { KeyId: arn, GrantTokens: [GrantToken] }, callers.bob)
  assert.match(await service.fault('DisableKey', { KeyId: arn }, callers.bob), CONFINED)
  const root = { ...callers.bob, principal: { ...callers.bob.principal, type: 'Root' as const } }
  assert.match(await service.fault('DisableKey', { KeyId: arn }, root), CONFINED)
})

test('a refusal is recorded for the caller’s account alone, with its reason', async () => {
  const { arn } = await keyForAll()
  await service.fault('ScheduleKeyDeletion', { KeyId: arn }, await newPartner('first'))
  const records = await recordsOf(service)
  const about = records.filter(({ resources }) => resources.some((resource) => resource.arn === arn))
  const [record, ...others] = about.filter(({ operation }) => operation === 'ScheduleKeyDeletion')
  assert.deepEqual(others, [])
  assert.equal(record?.accountId, OTHER_ACCOUNT)
  assert.equal(record?.error?.code, 'AccessDeniedException')
  assert.deepEqual(decisionOf(record), { allowed: false, reason: 'confined-to-account', resource: arn })
})

test('another account makes no alias in the owner’s account, and none of its own to the owner’s key', async () => {
  const { arn } = await keyForAll()
  const own = await service.createKey({}, callers.bob)
  const create = { AliasName: 'alias/planted', TargetKeyId: arn }
  assert.match(await service.fault('CreateAlias', create, callers.bob), CONFINED)
  await service.ok('CreateAlias', { AliasName: 'alias/planted', TargetKeyId: own.arn }, callers.bob)
  assert.match(await service.fault('UpdateAlias', create, callers.bob), CONFINED)
  for (const caller of [callers.ann, callers.bob]) {
    const { Aliases } = await service.ok<{ Aliases: { AliasArn: string; TargetKeyId?: string }[] }>(
      'ListAliases',
      {},
      caller,
    )
    const made = Aliases.filter(({ TargetKeyId }) => TargetKeyId !== undefined)
    for (const { AliasArn } of made) assert.equal(parseArn(AliasArn)?.account, caller.principal.accountId)
    assert.ok(made.every(({ TargetKeyId }) => !arn.endsWith(TargetKeyId ?? '')))
  }
})

test('deleting a name deletes the caller’s alias, not the owner’s of the same name', async () => {
  const owners = await keyForAll()
  const AliasName = 'alias/same'
  await service.ok('CreateAlias', { AliasName, TargetKeyId: owners.arn }, callers.ann)
  assert.match(await service.fault('DeleteAlias', { AliasName }, callers.bob), /^NotFoundException/)
  const ofOwner = owners.arn.replace(/key\/.*/, AliasName)
  assert.match(await service.fault('DeleteAlias', { AliasName: ofOwner }, callers.bob), /^ValidationException/)
  await service.ok('DescribeKey', { KeyId: AliasName }, callers.ann)
})

test('the aliases of a key are listed to its own account alone, and the refusal is a decision with its reason', async () => {
  const { arn } = await keyForAll()
  await service.ok('ListAliases', { KeyId: arn }, callers.ann)
  assert.match(await service.fault('ListAliases', { KeyId: arn }, await newPartner('second')), CONFINED)
  const record = (await recordsOf(service)).at(-1)
  assert.deepEqual(decisionOf(record), { allowed: false, reason: 'confined-to-account', resource: arn })
})

/** A user of the other account who was never denied: repeated denials of one caller are only counted. */
function newPartner(name: string): Promise<Caller> {
  return addUser(service, name, { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
}

/** A key that both accounts may do everything with, and an input that would succeed with it. */
async function onKeyOf({ name }: AnyOperation): Promise<{ input: object }> {
  const scene = { service, caller: callers.ann }
  if (UNSUPPORTED.has(name)) return { input: CUSTOM_KEY_STORE_INPUTS[name] ?? {} }
  const { keyId, arn, input } = await prepared(name as OperationName, STATES[name] ?? 'Enabled', scene)
  await service.ok('PutKeyPolicy', { KeyId: keyId, Policy: forAll() }, callers.ann)
  return { input: 'KeyId' in input ? { ...input, KeyId: arn } : input }
}

/** The state that an operation is for. */
const STATES: Readonly<Record<string, KeyState>> = { CancelKeyDeletion: 'PendingDeletion' }

const CUSTOM_KEY_STORE_INPUTS: Readonly<Record<string, object>> = {
  CreateCustomKeyStore: { CustomKeyStoreName: 'store' },
  ConnectCustomKeyStore: { CustomKeyStoreId: 'cks-1' },
  DisconnectCustomKeyStore: { CustomKeyStoreId: 'cks-1' },
  UpdateCustomKeyStore: { CustomKeyStoreId: 'cks-1' },
  DeleteCustomKeyStore: { CustomKeyStoreId: 'cks-1' },
}

async function keyForAll(): Promise<{ keyId: string; arn: string }> {
  return service.createKey({ Policy: forAll() }, callers.ann)
}

function forAll(): string {
  const AWS = [ACCOUNT, OTHER_ACCOUNT]
  const kept = [callers.dan, callers.dora].map(({ principal }) => principal.arn)
  return policyOf(
    { Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' },
    {
      Effect: 'Allow',
      Principal: { Service: ['backup.example.internal', 'own.example.internal'] },
      Action: 'kms:*',
      Resource: '*',
    },
    { Effect: 'Deny', Principal: { AWS: kept }, Action: 'kms:*', Resource: '*' },
  )
}

function actsOnKey({ name, keys }: AnyOperation): boolean {
  return Object.keys(keys).length > 0 && !BY_GRANTS.has(name)
}

async function refusesAll({ name }: AnyOperation, input: object): Promise<void> {
  for (const caller of Object.values(callers)) {
    assert.match(await service.fault(name as OperationName, input, caller), /^UnsupportedOperationException/)
  }
}

function fault({ name }: AnyOperation, input: object, who: keyof typeof callers): Promise<string> {
  return service.fault(name as OperationName, input, callers[who])
}

/** How another account is refused; what succeeds must concern nothing of the key's account. */
async function faultElsewhere({ name }: AnyOperation, input: object, who: 'bob' | 'dora'): Promise<string> {
  const { status, body } = await service.call(name as OperationName, input, callers[who])
  if (status !== 200) return `${String(body['__type'])}: ${String(body['message'])}`
  assert.doesNotMatch(JSON.stringify(body), new RegExp(ACCOUNT))
  return "nothing of another account's"
}

function decisionOf(record: AuditRecord | undefined): object {
  const { allowed, reason, resource } = record?.decision ?? {}
  return { allowed, reason, resource }
}
