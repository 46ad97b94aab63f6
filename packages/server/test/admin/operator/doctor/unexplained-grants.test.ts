import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { GrantRecord } from '../../../../src/domain/policy/grant-record.ts'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { examine } from '../../../../src/admin/operator/doctor/doctor.ts'
import { examineOnStart } from '../../../../src/admin/operator/doctor/on-start.ts'
import { addService, addUser, ALLOW_KMS, policyOf, rootOf } from '../../../support/identities.ts'
import { plantGrant } from '../../../support/planted-grant.ts'
import { ACCOUNT, OTHER_ACCOUNT, REGION, TestService } from '../../../support/service.ts'
import { silentLogger } from '../../../support/silent-logger.ts'

const THIRD_ACCOUNT = '777788889999'

interface Scene extends AsyncDisposable {
  service: TestService
  /** A user of another account, which the key policy does not name. */
  bob: Caller
  arn: string
  keyId: string
}

async function scene(...statements: object[]): Promise<Scene> {
  const service = await TestService.open('on', { accounts: [ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT] })
  const bob = await addUser(service, 'bob', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
  const owner = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const Policy = policyOf(owner, ...statements)
  const key = await service.namingStrangers(() => service.createKey({ Policy }, rootOf()))
  return { service, bob, ...key, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}

function lets(principal: object | string, rest: object = {}): object {
  return { Effect: 'Allow', Principal: principal, Action: 'kms:CreateGrant', Resource: '*', ...rest }
}

/** Creates a grant by another account, to one of its principals. */
function plant({ service, keyId }: Scene, planted: Partial<GrantRecord> = {}): Promise<string> {
  const { issuingAccount = OTHER_ACCOUNT } = planted
  const grantee = { arn: `arn:aws:iam::${issuingAccount}:root` }
  return plantGrant(service.engine, { keyId, region: REGION, accountId: ACCOUNT, issuingAccount, grantee, ...planted })
}

/** The ids of the grants that are found. */
async function found({ service }: Scene, withLog = true): Promise<string[]> {
  const ids: string[] = []
  const examined = { ...service.engine, ...(withLog && { auditFolder: join(service.folder, 'audit') }) }
  for await (const { check, facts } of examine(examined)) {
    if (check === 'unexplained-grants') ids.push(facts['grantId'] ?? '')
  }
  return ids
}

test('an unexplained grant of another account is found, and the finding names everything that is needed to revoke it', async () => {
  await using at = await scene()
  const grantId = await plant(at)
  for await (const { message, facts } of examine(at.service.engine)) {
    assert.match(message, new RegExp(`^Account ${OTHER_ACCOUNT} issued grant ${grantId} on ${at.arn}, and neither`))
    assert.deepEqual(facts, {
      key: at.arn,
      grantId,
      issuingAccount: OTHER_ACCOUNT,
      grantee: `arn:aws:iam::${OTHER_ACCOUNT}:root`,
      operations: 'Decrypt',
    })
  }
  assert.deepEqual(await found(at), [grantId])
  await at.service.ok('RevokeGrant', { KeyId: at.arn, GrantId: grantId }, rootOf())
  assert.deepEqual(await found(at), [])
})

test('grants of the key’s own account are not found, whatever their grantee', async () => {
  await using at = await scene()
  const grant = { KeyId: at.arn, GranteePrincipal: at.bob.principal.arn, Operations: ['Decrypt', 'CreateGrant'] }
  await at.service.ok('CreateGrant', grant, rootOf())
  assert.deepEqual(await found(at), [])
})

const POLICIES: readonly (readonly [what: string, explains: boolean, ...statements: object[]])[] = [
  ['names the account', true, lets({ AWS: OTHER_ACCOUNT })],
  ['names a user of the account', true, lets({ AWS: `arn:aws:iam::${OTHER_ACCOUNT}:user/bob` })],
  ['names all principals', true, lets('*')],
  ['names the account for all actions', true, lets({ AWS: OTHER_ACCOUNT }, { Action: 'kms:*' })],
  ['names the account on a condition about a service', true, viaService(OTHER_ACCOUNT)],
  ['names all principals of the account', true, lets('*', { Condition: callerAccount(OTHER_ACCOUNT) })],
  ['names all principals of the own account', false, lets('*', { Condition: callerAccount(ACCOUNT) })],
  ['names the account for another action', false, lets({ AWS: OTHER_ACCOUNT }, { Action: 'kms:Decrypt' })],
  ['denies it to the account', false, lets({ AWS: OTHER_ACCOUNT }, { Effect: 'Deny' })],
  ['names a service of the account', true, lets({ Service: 'theirs.example.com' })],
  ['names a service of the own account', false, lets({ Service: 'ours.example.com' })],
  ['names an unregistered service', false, lets({ Service: 'unregistered.example.com' })],
]

function callerAccount(accountId: string): object {
  return { StringEquals: { 'kms:CallerAccount': accountId } }
}

function viaService(accountId: string): object {
  return lets({ AWS: accountId }, { Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } })
}

for (const [what, explains, ...statements] of POLICIES) {
  test(`a key policy that ${what} ${explains ? 'explains' : 'does not explain'} its grants`, async () => {
    await using at = await scene(...statements)
    await addService(at.service, 'theirs.example.com', OTHER_ACCOUNT)
    await addService(at.service, 'ours.example.com', ACCOUNT)
    const grantId = await plant(at)
    assert.deepEqual(await found(at), explains ? [] : [grantId])
  })
}

test('a grant with CreateGrant explains the grants of its grantee, and of those that it is passed on to', async () => {
  await using at = await scene()
  const handOn = ['Decrypt', 'CreateGrant']
  const toBob = { KeyId: at.arn, GranteePrincipal: at.bob.principal.arn, Operations: handOn }
  await at.service.ok('CreateGrant', toBob, rootOf())
  const toThird = { KeyId: at.arn, GranteePrincipal: THIRD_ACCOUNT, Operations: handOn }
  await at.service.ok('CreateGrant', toThird, at.bob)
  await plant(at, { issuingAccount: THIRD_ACCOUNT })
  assert.deepEqual(await found(at, false), [])
})

test('a revoked one explains them by its record, which a starting server does not read', async () => {
  await using at = await scene()
  const toBob = { KeyId: at.arn, GranteePrincipal: at.bob.principal.arn, Operations: ['Decrypt', 'CreateGrant'] }
  const parent = await at.service.ok('CreateGrant', toBob, rootOf())
  const toThird = { KeyId: at.arn, GranteePrincipal: THIRD_ACCOUNT, Operations: ['Decrypt'] }
  const child = await at.service.ok('CreateGrant', toThird, at.bob)
  await at.service.ok('RevokeGrant', { KeyId: at.arn, GrantId: parent.GrantId }, rootOf())
  assert.deepEqual(await found(at, false), [child.GrantId])
  assert.deepEqual(await found(at), [])
})

test('a record of a grant that an account issued by the key policy explains too, even if the grant no longer exists', async () => {
  await using at = await scene(lets({ AWS: OTHER_ACCOUNT }))
  const { principal } = await addUser(at.service, 'carl', { accountId: THIRD_ACCOUNT, inline: { all: ALLOW_KMS } })
  const toCarl = { KeyId: at.arn, GranteePrincipal: principal.arn, Operations: ['Decrypt', 'CreateGrant'] }
  const parent = await at.service.ok('CreateGrant', toCarl, at.bob)
  const child = await plant(at, { issuingAccount: THIRD_ACCOUNT })
  await at.service.ok('RevokeGrant', { KeyId: at.arn, GrantId: parent.GrantId }, rootOf())
  assert.deepEqual(await found(at, false), [child])
  assert.deepEqual(await found(at), [])
})

test('an account explains nothing by a grant to itself, nor by a grant from an unexplained account', async () => {
  await using at = await scene()
  const operations = ['Decrypt', 'CreateGrant']
  const own = await plant(at, { operations })
  const given = await plant(at, { operations, grantee: { arn: `arn:aws:iam::${THIRD_ACCOUNT}:root` } })
  const third = await plant(at, { issuingAccount: THIRD_ACCOUNT })
  assert.deepEqual((await found(at)).toSorted(), [own, given, third].toSorted())
})

test('what explains the grants on one key does not explain those on another', async () => {
  await using at = await scene(lets({ AWS: OTHER_ACCOUNT }))
  const other = await at.service.createKey({}, rootOf())
  await plant(at)
  const planted = await plant({ ...at, ...other })
  assert.deepEqual(await found(at), [planted])
})

test('more grants than fit on a page are read', async () => {
  await using at = await scene()
  const planted: string[] = []
  for (let grant = 0; grant < 201; grant++) planted.push(await plant(at))
  assert.deepEqual((await found(at)).toSorted(), planted.toSorted())
})

test('a starting server logs a hundred of them and their number', async () => {
  await using at = await scene()
  for (let grant = 0; grant < 103; grant++) await plant(at)
  const logged: [string, Record<string, unknown> | undefined][] = []
  const counted = Promise.withResolvers<void>()
  const warn = (...line: (typeof logged)[number]): void => {
    logged.push(line)
    if (line[1] !== undefined && 'found' in line[1]) counted.resolve()
  }
  const end = examineOnStart(at.service.engine, { ...silentLogger, warn })
  await counted.promise
  await end()
  assert.equal(logged.length, 101)
  assert.match(String(logged[0]?.[1]?.['finding']), /^Account 444455556666 issued grant /)
  assert.deepEqual(logged.at(-1)?.[1], { found: 103, unlogged: 3 })
})

test('a server that stops meanwhile reports nothing about a key whose grants it has not all read', async () => {
  await using at = await scene()
  await plant(at)
  const logged: string[] = []
  const end = examineOnStart(at.service.engine, { ...silentLogger, warn: (message) => void logged.push(message) })
  await end()
  assert.deepEqual(logged, [])
})
