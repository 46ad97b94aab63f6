import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replay, type ReplayReport } from '../../../src/admin/access/replay.ts'
import { ReplayCounts } from '../../../src/admin/access/replay-groups.ts'
import type { Decided } from '../../../src/execution/authorizer/decided.ts'
import { addRole, addUser, ALLOW_KMS, policyOf, rootOf } from '../../support/identities.ts'
import { removePrincipal } from '../../support/policies.ts'
import { ACCOUNT, base64, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'

const ADMINISTER = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  Action: ['kms:PutKeyPolicy', 'kms:CreateGrant', 'kms:RevokeGrant'],
  Resource: '*',
}

function use(...arns: (string | undefined)[]): object {
  return { Effect: 'Allow', Principal: { AWS: arns }, Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: '*' }
}

async function replayed(service: TestService, key: string, policy: string, times: object = {}): Promise<ReplayReport> {
  return replay({ key, policy, sinceMs: 0, untilMs: Date.UTC(2030), ...times }, contextOf(service))
}

/** Returns a key that two roles can use, after each of them used it. */
async function twoRoles(service: TestService) {
  const [reader, writer] = [await addRole(service, 'reader'), await addRole(service, 'writer', { session: 'monday' })]
  const [readerArn, writerArn] = [reader.principal.role?.arn, writer.principal.role?.arn]
  const { arn } = await service.createKey({ Policy: policyOf(ADMINISTER, use(readerArn, writerArn)) }, rootOf())
  const call = { KeyId: arn, KeySpec: 'AES_256' }
  const { CiphertextBlob } = await service.ok('GenerateDataKey', call, writer)
  service.clock.advance(60_000)
  await service.ok('GenerateDataKey', call, writer)
  await service.ok('Decrypt', { CiphertextBlob }, reader)
  return { reader, writer, readerArn, writerArn, arn, call }
}

test('a policy that removes one role breaks exactly the calls of that role', async () => {
  await using service = await TestService.open('on')
  const { arn, readerArn, writerArn } = await twoRoles(service)
  const report = await replayed(service, arn, policyOf(ADMINISTER, use(readerArn)))
  assert.deepEqual(
    report.breaks.map((group) => ({ ...group, requestId: '' })),
    [
      {
        caller: writerArn,
        action: 'kms:GenerateDataKey',
        count: 2,
        first: '2026-01-01T00:00:00.000Z',
        last: '2026-01-01T00:01:00.000Z',
        reason: 'no-resource-allow',
        sentence: 'Neither the resource policy nor a grant allows the principal, its role or its account.',
        requestId: '',
      },
    ],
  )
  assert.deepEqual([report.decisions, report.unchanged, report.allows, report.deniedAnyway], [3, 1, [], []])
})

test('proposing the present policy breaks nothing', async () => {
  await using service = await TestService.open('on')
  const { arn, readerArn, writerArn } = await twoRoles(service)
  const report = await replayed(service, arn, policyOf(ADMINISTER, use(readerArn, writerArn)))
  assert.deepEqual([report.decisions, report.unchanged], [3, 3])
})

test('calls that were denied and would be allowed are reported, with one of their requests', async () => {
  await using service = await TestService.open('on')
  const { arn, call, readerArn, writerArn } = await twoRoles(service)
  const user = await addUser(service, 'ann')
  await service.fault('GenerateDataKey', call, user)
  const { requestId } = await lastRecord(service)
  const report = await replayed(service, arn, policyOf(ADMINISTER, use(readerArn, writerArn, user.principal.arn)))
  assert.deepEqual(
    report.allows.map((group) => [group.caller, group.count, group.reason, group.requestId]),
    [[user.principal.arn, 1, 'named-by-resource-policy', requestId]],
  )
  assert.deepEqual(report.breaks, [])
})

test('calls that are denied now for another reason are not attributed to the proposed policy', async () => {
  await using service = await TestService.open('on')
  const { arn, call, readerArn, writerArn } = await twoRoles(service)
  const [user, gone] = [await addUser(service, 'ann'), await addUser(service, 'gone', { inline: { all: ALLOW_KMS } })]
  const grant = { KeyId: arn, GranteePrincipal: user.principal.arn, Operations: ['GenerateDataKey'] }
  const { GrantId } = await service.ok('CreateGrant', grant, rootOf())
  await service.ok('GenerateDataKey', call, user)
  await service.ok('RevokeGrant', { KeyId: arn, GrantId }, rootOf())
  await service.fault('GenerateDataKey', call, gone)
  await removePrincipal(service, gone.principal.principalId)
  const report = await replayed(service, arn, policyOf(ADMINISTER, use(readerArn, writerArn)))
  assert.deepEqual(report.breaks, [])
  assert.deepEqual(
    report.deniedAnyway.map(({ caller, count }) => [caller, count]),
    [[user.principal.arn, 1]],
  )
  assert.equal(report.callersGone, 1)
})

test('a denial because of another key is not reported as one that would be allowed', async () => {
  await using service = await TestService.open('on')
  const { arn, writer, call, readerArn, writerArn } = await twoRoles(service)
  const elsewhere = await service.createKey({}, rootOf())
  const { CiphertextBlob } = await service.ok('GenerateDataKey', call, writer)
  await service.fault('ReEncrypt', { CiphertextBlob, DestinationKeyId: elsewhere.arn }, writer)
  const statement = {
    ...use(readerArn, writerArn),
    Action: ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:ReEncryptFrom'],
  }
  const allowing = policyOf(ADMINISTER, statement)
  const source = await replayed(service, arn, allowing)
  // Both keys denied it, and the record names the first: with this policy the other one would still deny it.
  assert.deepEqual(
    source.allows.map(({ action }) => action),
    ['kms:ReEncryptFrom'],
  )
  const destination = await replayed(
    service,
    elsewhere.arn,
    policyOf(ADMINISTER, { ...statement, Action: 'kms:ReEncryptTo' }),
  )
  assert.deepEqual(destination.allows, [])
})

test('only the requested period is replayed', async () => {
  await using service = await TestService.open('on')
  const { arn, readerArn } = await twoRoles(service)
  const policy = policyOf(ADMINISTER, use(readerArn))
  const counts = async (times: object): Promise<number[]> =>
    (await replayed(service, arn, policy, times)).breaks.map(({ count }) => count)
  const start = Date.UTC(2026, 0, 1)
  assert.deepEqual(await counts({ sinceMs: start + 60_000 }), [1])
  assert.deepEqual(await counts({ untilMs: start + 60_000 }), [1])
  assert.deepEqual(await counts({ sinceMs: start + 60_001 }), [])
})

test('an invalid policy is refused, with the place of the fault', async () => {
  await using service = await TestService.open('on')
  const { arn } = await service.createKey({}, rootOf())
  const refusals: [string, RegExp][] = [
    [policyOf({ ...ADMINISTER, Effect: 'Permit' }), /at \$\.Statement\[0\]\.Effect/],
    ['{', /at \$/],
    [
      policyOf(use(`arn:aws:iam::${ACCOUNT}:role/absent`)),
      /names arn:aws:iam::111122223333:role\/absent, which does not exist/,
    ],
    [policyOf({ ...ADMINISTER, Sid: 'x'.repeat(32_768) }), /larger than 32768 bytes/],
  ]
  for (const [policy, message] of refusals) {
    await assert.rejects(replayed(service, arn, policy), { name: 'AccessError', message })
  }
})

test('callers beyond the limit are counted together', () => {
  const counts = new ReplayCounts(2)
  const decision = { allowed: false, reason: 'no-resource-allow' }
  for (const caller of ['a', 'b', 'c', 'a', 'd']) {
    const decided = { action: 'kms:Decrypt', decision, request: { principal: { arn: caller } } } as Decided
    counts.add({ timeMs: 0, requestId: '' } as never, { outcome: 'breaks', decided })
  }
  const { breaks, ungrouped, decisions } = counts.report()
  assert.deepEqual(
    breaks.map(({ caller, count }) => [caller, count]),
    [
      ['a', 2],
      ['b', 1],
    ],
  )
  assert.deepEqual([ungrouped.breaks, decisions], [2, 5])
})

test('for a request about two keys, each is decided again by the alias that named it', async () => {
  await using service = await TestService.open('on')
  const caller = await addUser(service, 'mover')
  const byAlias = (name: string): object => ({
    ...use(caller.principal.arn),
    Action: 'kms:ReEncrypt*',
    Condition: { StringEquals: { 'kms:RequestAlias': name } },
  })
  const [from, to] = [await service.createKey({}, rootOf()), await service.createKey({}, rootOf())]
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: from.arn, Plaintext: base64('x') }, rootOf())
  for (const [name, { arn }] of [['alias/from', from] as const, ['alias/to', to] as const]) {
    await service.ok('CreateAlias', { AliasName: name, TargetKeyId: arn }, rootOf())
    await service.ok('PutKeyPolicy', { KeyId: arn, Policy: policyOf(ADMINISTER, byAlias(name)) }, rootOf())
  }
  const named = { SourceKeyId: 'alias/from', DestinationKeyId: 'alias/to' }
  await service.ok('ReEncrypt', { CiphertextBlob, ...named }, caller)
  for (const { arn } of [from, to]) {
    const { breaks, deniedAnyway } = await replayed(service, arn, policyOf(ADMINISTER))
    const ofMover = deniedAnyway.filter((group) => group.caller === caller.principal.arn)
    assert.deepEqual([breaks.map((group) => group.caller), ofMover], [[caller.principal.arn], []])
  }
})
