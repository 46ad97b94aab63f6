import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canI } from '../../../src/admin/access/can-i.ts'
import { whoCan } from '../../../src/admin/access/who-can.ts'
import type { ServiceRecord } from '../../../src/vault/records/principal.ts'
import { createAccount } from '../../../src/admin/operator/accounts.ts'
import { addRole, addService, addUser, ALLOW_KMS, policyOf, rootOf } from '../../support/identities.ts'
import { change } from '../../support/policies.ts'
import { ACCOUNT, OTHER_ACCOUNT, REGION, TestService } from '../../support/service.ts'

const UNKNOWN_ACCOUNT = '777788889999'

function rootArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`
}

function use(principal: object | string, rest: object = {}): object {
  return { Effect: 'Allow', Principal: principal, Action: 'kms:Decrypt', Resource: '*', ...rest }
}

/** A service with two accounts, each with its administrator. */
async function openWithAccounts(): Promise<TestService> {
  const service = await TestService.open('on', { accounts: [] })
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT]) {
    const context = { ...service.engine, operator: { user: 'tester' } }
    ;(await createAccount({ accountId, userName: 'administrator' }, context)).secretAccessKey.wipe()
  }
  return service
}

async function names(service: TestService, key: string, encryptionContext?: Record<string, string>): Promise<string[]> {
  const found: string[] = []
  const question = { action: 'Decrypt', key, ...(encryptionContext && { encryptionContext }) }
  for await (const { principal, reason, ifAllowedBy } of whoCan(question, service.services)) {
    found.push([principal, reason, ...(ifAllowedBy === undefined ? [] : [ifAllowedBy])].join(' '))
  }
  return found
}

test('users, roles, roots and services of all accounts are found, each with its reason', async () => {
  await using service = await openWithAccounts()
  const role = await addRole(service, 'app')
  await addUser(service, 'idle')
  const backup = await addService(service, 'backup.example.internal')
  await addService(service, 'idle.example.internal')
  const key = await service.createKey(
    {
      Policy: policyOf(
        { ...use({ AWS: rootArn(ACCOUNT) }), Action: 'kms:*' },
        use({ AWS: role.principal.role?.arn }),
        use({ AWS: rootArn(OTHER_ACCOUNT) }),
        use({ Service: backup.principal.arn }),
      ),
    },
    rootOf(),
  )
  assert.deepEqual((await names(service, key.arn)).toSorted(), [
    `arn:aws:iam::${ACCOUNT}:role/app role-named-by-resource-policy`,
    `${rootArn(ACCOUNT)} named-by-resource-policy`,
    `arn:aws:iam::${ACCOUNT}:user/administrator delegated-by-resource-policy`,
    `${rootArn(OTHER_ACCOUNT)} both-accounts`,
    `arn:aws:iam::${OTHER_ACCOUNT}:user/administrator both-accounts`,
    'backup.example.internal named-by-resource-policy',
  ])
})

test('the encryption context decides for the principals that need it', async () => {
  await using service = await openWithAccounts()
  const Condition = { StringEquals: { 'kms:EncryptionContext:tenant': 'acme' } }
  const user = await addUser(service, 'ann', { inline: { acme: { ...ALLOW_KMS, Condition } } })
  const { arn } = await service.createKey({}, rootOf())
  const isNamed = (found: string[]): boolean => found.some((line) => line.startsWith(`${user.principal.arn} `))
  assert.equal(isNamed(await names(service, arn)), false)
  assert.equal(isNamed(await names(service, arn, { tenant: 'acme' })), true)
  assert.equal(isNamed(await names(service, arn, { tenant: 'umbrella' })), false)
})

test('principals that only a grant or the policy names are found: sessions, and principals of unknown accounts', async () => {
  await using service = await openWithAccounts()
  await addRole(service, 'app')
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/app/nightly`
  const policy = policyOf(
    { ...use({ AWS: rootArn(ACCOUNT) }), Action: ['kms:PutKeyPolicy', 'kms:CreateGrant'] },
    use({ AWS: UNKNOWN_ACCOUNT }),
    use({ Service: 'unregistered.example.internal' }),
  )
  const { arn } = await service.namingStrangers(() => service.createKey({ Policy: policy }, rootOf()))
  const grant = { KeyId: arn, GranteePrincipal: session, Operations: ['Decrypt'] }
  await service.ok('CreateGrant', grant, rootOf())
  assert.deepEqual((await names(service, arn)).toSorted(), [
    `${rootArn(UNKNOWN_ACCOUNT)} both-accounts ${UNKNOWN_ACCOUNT}`,
    `${session} named-by-grant`,
    'unregistered.example.internal named-by-resource-policy',
  ])
})

test('a policy for all principals lists the principals of every account', async () => {
  await using service = await openWithAccounts()
  const { arn } = await service.createKey({ Policy: policyOf({ ...use('*'), Action: 'kms:*' }) }, rootOf())
  const found = await names(service, arn)
  assert.ok(found.includes('* both-accounts of the principal'))
  assert.ok(found.includes(`${rootArn(OTHER_ACCOUNT)} both-accounts`))
})

test('a service that the operator has disabled can do nothing', async () => {
  await using service = await openWithAccounts()
  const { principal } = await addService(service, 'backup.example.internal')
  const policy = policyOf({ ...use({ AWS: rootArn(ACCOUNT) }), Action: 'kms:*' }, use({ Service: principal.arn }))
  const { arn } = await service.createKey({ Policy: policy }, rootOf())
  assert.ok((await names(service, arn)).some((line) => line.startsWith(principal.arn)))
  await change<ServiceRecord>(service, 'principal', principal.arn, (record) => ({ ...record, disabled: true }))
  assert.ok(!(await names(service, arn)).some((line) => line.startsWith(`${principal.arn} named-by-resource-policy `)))
})

test('can-i answers as the service does, for every type of caller', async () => {
  await using service = await openWithAccounts()
  const callers = [
    await addUser(service, 'ann', { inline: { all: ALLOW_KMS } }),
    await addUser(service, 'bob'),
    await addRole(service, 'app', { inline: { all: ALLOW_KMS } }),
    await addUser(service, 'eve', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } }),
    rootOf(),
    await addService(service, 'backup.example.internal'),
  ]
  const { arn } = await service.createKey({}, rootOf())
  const answers: boolean[] = []
  for (const caller of callers) {
    const { status } = await service.call('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256' }, caller)
    const question = { action: 'kms:generatedatakey', key: arn }
    const { allowed } = await canI(question, caller.principal.arn, service.services)
    assert.equal(allowed, status === 200, caller.principal.arn)
    answers.push(allowed)
  }
  assert.deepEqual(answers, [true, false, true, false, true, false])
})

test('a negative answer has an explanation and the calls that would allow the request', async () => {
  await using service = await openWithAccounts()
  const { principal } = await addUser(service, 'ann')
  const { arn } = await service.createKey({}, rootOf())
  const answer = await canI({ action: 'Decrypt', key: arn }, principal.arn, service.services)
  assert.equal(answer.allowed, false)
  assert.equal(answer.reason, 'no-identity-allow')
  assert.deepEqual(
    answer.calls.map((call) => 'operation' in call && call.operation),
    ['PutUserPolicy'],
  )
})

test('keys are found by id and alias within a Region, and an alias of two accounts is ambiguous', async () => {
  await using service = await openWithAccounts()
  const ask = (key: string, region?: string): Promise<string> =>
    canI({ action: 'Decrypt', key, ...(region && { region }) }, rootArn(ACCOUNT), service.services).then(
      (answer) => answer.key,
    )
  const own = await service.createKey({}, rootOf())
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: own.keyId }, rootOf())
  assert.equal(await ask(own.keyId, REGION), own.arn)
  assert.equal(await ask('alias/a', REGION), own.arn)
  assert.equal(await ask(`arn:aws:kms:${REGION}:${ACCOUNT}:alias/a`), own.arn)
  const other = await service.createKey({}, rootOf(OTHER_ACCOUNT))
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: other.keyId }, rootOf(OTHER_ACCOUNT))
  await assert.rejects(ask('alias/a', REGION), {
    name: 'AccessError',
    message: /is ambiguous: it can be .* Name the key by its ARN/,
  })
  await assert.rejects(ask(own.keyId), { about: 'question', message: /its Region with --region/ })
  await assert.rejects(ask(own.keyId, 'us-east-1'), { about: 'key' })
})

test('an action without a key, and an unknown principal, are refused', async () => {
  await using service = await openWithAccounts()
  const { arn } = await service.createKey({}, rootOf())
  const ask = (action: string, as?: string): Promise<unknown> => canI({ action, key: arn }, as, service.services)
  await assert.rejects(ask('Decrpyt'), { message: /^Decrpyt is not an action on a key .* Decrypt,/ })
  await assert.rejects(ask('Decrypt', `arn:aws:iam::${ACCOUNT}:user/absent`), { message: /There is no principal/ })
  await assert.rejects(ask('Decrypt'), { message: /does not have exactly one administrator/ })
})

test('the only administrator is the default principal', async () => {
  await using service = await TestService.open('on', { accounts: [] })
  const context = { ...service.engine, operator: { user: 'tester' } }
  ;(await createAccount({ accountId: ACCOUNT, userName: 'chief' }, context)).secretAccessKey.wipe()
  const { arn } = await service.createKey({}, rootOf())
  const { allowed, principal } = await canI({ action: 'Decrypt', key: arn }, undefined, service.services)
  assert.equal(allowed, true)
  assert.equal(principal, `arn:aws:iam::${ACCOUNT}:user/chief`)
})

test('a renamed user has the current name, and a session of a deleted role does not match a later role of that name', async () => {
  await using service = await openWithAccounts()
  const ann = await service.user('ann')
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/app/one`
  const makeRole = (): Promise<unknown> =>
    service.iam('CreateRole', {
      RoleName: 'app',
      AssumeRolePolicyDocument: policyOf({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }),
    })
  await makeRole()
  const Policy = policyOf(
    { ...use({ AWS: rootArn(ACCOUNT) }), Action: ['kms:PutKeyPolicy', 'kms:CreateGrant'] },
    use({ AWS: session }),
  )
  const key = await service.createKey({ Policy }, rootOf())
  const grant = { KeyId: key.arn, GranteePrincipal: ann.principal.arn, Operations: ['Decrypt'] }
  await service.ok('CreateGrant', grant, rootOf())
  await service.iam('UpdateUser', { UserName: 'ann', NewUserName: 'anna' })
  await service.user('ann')
  const renamed = `${ann.principal.arn.replace(/ann$/, 'anna')} named-by-grant`
  assert.deepEqual(
    (await names(service, key.arn)).toSorted(),
    [`${session} named-by-resource-policy`, renamed].toSorted(),
  )
  await service.iam('DeleteRole', { RoleName: 'app' })
  await makeRole()
  assert.deepEqual(await names(service, key.arn), [renamed])
})
