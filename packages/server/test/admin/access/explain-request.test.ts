import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideAgain } from '../../../src/admin/access/decide-again.ts'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { readRecords } from '../../../src/audit/read-records.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addRole, addUser, ALLOW_KMS, policyOf, rootOf } from '../../support/identities.ts'
import { applyCall, change, removePrincipal } from '../../support/policies.ts'
import { ACCOUNT, base64, callerOf, OTHER_ACCOUNT, REGION, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'
import { inSession } from './support/denials.ts'

type Report = Awaited<ReturnType<typeof explainRequest>>

/** Returns the explanation of the latest request. */
async function explainLast(service: TestService): Promise<Report> {
  return explainRequest((await lastRecord(service)).requestId, contextOf(service))
}

async function encrypt(service: TestService, KeyId: string, context: object = {}): Promise<string> {
  const input = { KeyId, Plaintext: base64('text'), EncryptionContext: context }
  return (await service.ok('Encrypt', input, rootOf())).CiphertextBlob ?? ''
}

test('the nearest statement is named with the condition that failed and the value in the request', async () => {
  await using service = await TestService.open('on')
  const Condition = { StringEquals: { 'kms:EncryptionContext:tenant': 'acme' } }
  const caller = await addUser(service, 'ann', { inline: { tenants: { ...ALLOW_KMS, Condition } } })
  const { arn } = await service.createKey({}, rootOf())
  await service.fault('Encrypt', { KeyId: arn, Plaintext: base64('x'), EncryptionContext: { tenant: 'eve' } }, caller)
  const { now, decided, operation, error } = await explainLast(service)
  assert.deepEqual(now?.nearest, {
    layer: 'identity policy',
    policy: 'tenants',
    statement: { index: 0 },
    failed: [
      {
        part: 'condition',
        operator: 'StringEquals',
        key: 'kms:EncryptionContext:tenant',
        wanted: ['acme'],
        found: ['eve'],
      },
    ],
  })
  assert.equal(operation, 'kms:Encrypt')
  assert.equal(error?.code, 'AccessDeniedException')
  assert.equal(decided?.reason, 'no-identity-allow')
})

test('an allowed request is explained too', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'ann', { inline: { all: ALLOW_KMS } })
  const { arn } = await service.createKey({}, rootOf())
  await service.ok('DescribeKey', { KeyId: arn }, caller)
  const { now, decided, error, calls } = await explainLast(service)
  assert.equal(error, undefined)
  assert.equal(decided?.reason, 'delegated-by-resource-policy')
  assert.equal(now?.decision.reason, 'delegated-by-resource-policy')
  assert.deepEqual(calls, [])
})

test('changes since the request are considered: a denial that would be an allow now', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'ann')
  const { arn } = await service.createKey({}, rootOf())
  await service.fault('DescribeKey', { KeyId: arn }, caller)
  const { requestId } = await lastRecord(service)
  for (const call of (await explainLast(service)).calls) await applyCall(service, call)
  const { now, decided } = await explainRequest(requestId, contextOf(service))
  assert.equal(decided?.allowed, false)
  assert.equal(now?.decision.allowed, true)
})

test('the tags of a user are the current ones, the tags of a session those of its creation', async () => {
  await using service = await TestService.open('on')
  const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'blue' } }
  const inline = { blue: { ...ALLOW_KMS, Condition } }
  const { arn } = await service.createKey({}, rootOf())
  const user = await addUser(service, 'ann', { inline })
  await service.fault('DescribeKey', { KeyId: arn }, user)
  const denied = await lastRecord(service)
  const session = inSession(await addRole(service, 'app', { inline }), {
    tags: [{ TagKey: 'team', TagValue: 'blue' }],
  })
  await service.ok('DescribeKey', { KeyId: arn }, session)
  const allowed = await lastRecord(service)
  for (const id of [user.principal.principalId, session.principal.role?.principalId ?? '']) {
    await change(service, 'principal', id, (record) => ({ ...record, tags: [{ TagKey: 'Team', TagValue: 'blue' }] }))
  }
  assert.equal((await explainRequest(denied.requestId, contextOf(service))).now?.decision.allowed, true)
  assert.equal((await explainRequest(allowed.requestId, contextOf(service))).now?.decision.allowed, true)
})

test('for a request with several decisions, the decisive one is explained', async () => {
  await using service = await TestService.open('on')
  const source = await service.createKey({}, rootOf())
  const destination = await service.createKey({}, rootOf())
  const inline = { source: { ...ALLOW_KMS, Resource: source.arn } }
  const caller = await addUser(service, 'ann', { inline })
  const CiphertextBlob = await encrypt(service, source.arn, { a: '1' })
  const contexts = { SourceEncryptionContext: { a: '1' }, DestinationEncryptionContext: { b: '2' } }
  await service.fault('ReEncrypt', { CiphertextBlob, DestinationKeyId: destination.arn, ...contexts }, caller)
  const { now } = await explainLast(service)
  assert.equal(now?.action, 'kms:ReEncryptTo')
  assert.equal(now?.resource, destination.arn)
  assert.deepEqual(now?.change, [
    {
      kind: 'add-statement',
      layer: 'identity policy',
      policy: 'source',
      statement: {
        Effect: 'Allow',
        Action: 'kms:ReEncryptTo',
        Resource: destination.arn,
        Condition: { StringEquals: { 'kms:EncryptionContext:b': '2' } },
      },
    },
  ])
})

test("an alias is explained separately, because only the caller's policies apply to it", async () => {
  await using service = await TestService.open('on')
  const { keyId, arn } = await service.createKey({}, rootOf())
  const caller = await addUser(service, 'ann', { inline: { key: { ...ALLOW_KMS, Resource: arn } } })
  await service.fault('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId }, caller)
  const { now } = await explainLast(service)
  assert.equal(now?.resource, `arn:aws:kms:${REGION}:${ACCOUNT}:alias/a`)
  assert.equal(now?.decision.reason, 'no-identity-allow')
})

test('a key that was named by its alias is explained as that key, even after the alias was moved', async () => {
  await using service = await TestService.open('on')
  const [first, second] = [await service.createKey({}, rootOf()), await service.createKey({}, rootOf())]
  await service.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: first.keyId }, rootOf())
  const Condition = { StringEquals: { 'kms:RequestAlias': 'alias/a' } }
  const caller = await addUser(service, 'ann', { inline: { byAlias: { ...ALLOW_KMS, Condition } } })
  await service.ok('GenerateDataKey', { KeyId: 'alias/a', KeySpec: 'AES_256' }, caller)
  const { requestId } = await lastRecord(service)
  await service.ok('UpdateAlias', { AliasName: 'alias/a', TargetKeyId: second.keyId }, rootOf())
  const { now } = await explainRequest(requestId, contextOf(service))
  assert.equal(now?.resource, first.arn)
  assert.equal(now?.decision.allowed, true)
})

test('operations without a key are explained by the permissions that they need', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'ann', { inline: { keys: { ...ALLOW_KMS, Action: 'kms:CreateKey' } } })
  await service.fault('CreateKey', { Tags: [{ TagKey: 'a', TagValue: 'b' }] }, caller)
  const { now } = await explainLast(service)
  assert.equal(now?.action, 'kms:TagResource')
  assert.equal(now?.resource, `arn:aws:kms:${REGION}:${ACCOUNT}:key/*`)
})

test('the request of a deleted caller is not explained, but its record is shown', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'ann')
  const { arn } = await service.createKey({}, rootOf())
  await service.fault('DescribeKey', { KeyId: arn }, caller)
  await removePrincipal(service, caller.principal.principalId)
  const { callerGone, now, principal, decided } = await explainLast(service)
  assert.equal(callerGone, true)
  assert.equal(now, undefined)
  assert.equal(principal, caller.principal.arn)
  assert.equal(decided?.reason, 'no-identity-allow')
})

test('a failure that is not about permissions is shown as such', async () => {
  await using service = await TestService.open('on')
  const { keyId, arn } = await service.createKey({}, rootOf())
  await service.ok('DisableKey', { KeyId: keyId }, rootOf())
  await service.fault('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256' }, rootOf())
  const disabled = await explainLast(service)
  assert.equal(disabled.error?.code, 'DisabledException')
  assert.equal(disabled.decided?.allowed, true)
  await service.fault('GenerateDataKey', { KeyId: arn }, rootOf())
  const invalid = await explainLast(service)
  assert.equal(invalid.error?.code, 'ValidationException')
  assert.equal(invalid.decided, undefined)
  assert.equal(invalid.now, undefined)
})

test('an unknown request id is refused', async () => {
  await using service = await TestService.open('on')
  await assert.rejects(explainRequest('no-such-id', contextOf(service)), { name: 'AccessError', about: 'question' })
})

test('a denied caller gets the same answer for every reason, before and after an explanation', async () => {
  await using service = await TestService.open('on')
  const eve = await addUser(service, 'eve', { accountId: OTHER_ACCOUNT })
  const denied = { Effect: 'Deny', Principal: '*', Action: 'kms:DescribeKey', Resource: '*', Sid: 'Secret' }
  const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }
  const explicit = await service.createKey({ Policy: policyOf(root, denied) }, rootOf())
  const plain = await service.createKey({}, rootOf())
  const nowhere = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  const ask = async (KeyId: string): Promise<string> => JSON.stringify(await describe(service, KeyId, eve))
  const answers = [await ask(explicit.arn), await ask(plain.arn), await ask(nowhere)]
  await explainLast(service)
  answers.push(await ask(explicit.arn))
  assert.equal(new Set(answers).size, 1)
  assert.doesNotMatch(answers[0] ?? '', /Secret|statement|grant|explain/i)
})

function describe(service: TestService, KeyId: string, caller: Caller): ReturnType<TestService['call']> {
  return service.call('DescribeKey', { KeyId }, caller)
}

test('a request of a caller who was never an identity of the folder is not explained', async () => {
  await using service = await TestService.open('off')
  await service.ok('ListKeys', {}, callerOf(ACCOUNT))
  assert.equal((await explainLast(service)).callerGone, true)
})

test('after a rename, the explanation and the proposal use the current name of the user', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const Policy = policyOf({ Effect: 'Allow', Principal: { AWS: ann.principal.arn }, Action: 'kms:Sign', Resource: '*' })
  const { arn: KeyId } = await service.createKey({ Policy, BypassPolicyLockoutSafetyCheck: true }, rootOf())
  await service.fault('Encrypt', { KeyId, Plaintext: base64('x') }, ann)
  const { requestId } = await lastRecord(service)
  await service.iam('UpdateUser', { UserName: 'ann', NewUserName: 'anna' })
  await service.user('ann')
  const report = await explainRequest(requestId, contextOf(service))
  const renamed = ann.principal.arn.replace(/ann$/, 'anna')
  assert.deepEqual([report.principal, report.renamed], [ann.principal.arn, renamed])
  const proposed = JSON.stringify([report.now?.change, report.calls])
  assert.ok(!proposed.includes(`${ann.principal.arn}"`), proposed)
  assert.ok(!proposed.includes(`${ann.principal.arn}\\"`) && proposed.includes('anna'), proposed)
})

test('a request by a deleted alias is decided again by that alias, and by the key that it referred to', async () => {
  await using service = await TestService.open('on')
  const { arn } = await service.createKey({}, rootOf())
  const input = { SourceKeyId: 'alias/none', DestinationKeyId: arn, CiphertextBlob: await encrypt(service, arn) }
  assert.match(await service.fault('ReEncrypt', input, rootOf()), /^NotFoundException/)
  const decided = await decideAgain(await lastRecord(service), service.services)
  assert.ok(decided !== 'caller-gone')
  assert.deepEqual(
    decided.map(({ action, decision, resource }) => [action, decision.allowed, resource.arn]),
    [
      ['kms:ReEncryptFrom', true, arn.replace(/key\/.*/, 'alias/none')],
      ['kms:ReEncryptTo', true, arn],
    ],
  )
})

test('a request that created a replica is decided again by its primary key', async () => {
  await using service = await TestService.open('on')
  const { arn } = await service.createKey({ MultiRegion: true }, rootOf())
  await service.ok('ReplicateKey', { KeyId: arn, ReplicaRegion: 'us-west-2' }, rootOf())
  // The effect in the other Region has its own record.
  for await (const record of readRecords(contextOf(service).auditFolder)) {
    if (record.operation !== 'ReplicateKey') continue
    const decided = await decideAgain(record, service.services)
    assert.ok(decided !== 'caller-gone')
    assert.deepEqual(
      decided.map(({ action, decision, resource }) => [action, decision.allowed, resource.arn]),
      [
        ['kms:CreateKey', true, '*'],
        ['kms:ReplicateKey', true, arn],
      ],
    )
  }
})
