/**
 * Grants to principals of another account than the key's: they are sufficient by themselves, in every access question.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { canI } from '../../../src/admin/access/can-i.ts'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { replay } from '../../../src/admin/access/replay.ts'
import { whoCan } from '../../../src/admin/access/who-can.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { createAccount } from '../../../src/admin/operator/accounts.ts'
import { addManagedPolicy, addRole, addUser, ALLOW_KMS, policyOf } from '../../support/identities.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'

const DENY = { Effect: 'Deny', Action: 'kms:DescribeKey', Resource: '*' }

let service: TestService
let admin: Caller
let callers: Readonly<Record<string, Caller>>

before(async () => {
  service = await TestService.open('on', { accounts: [] })
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT]) {
    const context = { ...service.engine, operator: { user: 'tester' } }
    ;(await createAccount({ accountId, userName: 'administrator' }, context)).secretAccessKey.wipe()
  }
  admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  const silent = await addManagedPolicy(service, 'silent', { ...ALLOW_KMS, Action: 'kms:Encrypt' })
  const accountId = OTHER_ACCOUNT
  callers = {
    user: await addUser(service, 'user', { accountId }),
    role: await addRole(service, 'role', { accountId, session: 'any-session' }),
    denied: await addUser(service, 'denied', { accountId, inline: { deny: DENY } }),
    bounded: await addUser(service, 'bounded', { accountId, boundary: silent }),
    root: rootOf(accountId),
  }
})
after(() => service[Symbol.asyncDispose]())

/** The caller, the grantee, and whether the grant counts. */
const SITUATIONS = [
  { who: 'user', to: 'user', counts: true },
  { who: 'role', to: 'role', counts: true },
  { who: 'denied', to: 'denied', counts: false },
  { who: 'bounded', to: 'bounded', counts: false },
  { who: 'user', to: 'role', counts: false },
  { who: 'user', to: 'root', counts: false },
  { who: 'root', to: 'root', counts: true },
] as const

for (const { who, to, counts } of SITUATIONS) {
  test(`a grant to ${to} of another account is ${counts ? 'sufficient' : 'without effect'} for ${who}, in every access question`, async () => {
    const key = (await service.createKey({}, admin)).arn
    const caller = { ...callers[who]!, service: 'kms' }
    await service.ok('CreateGrant', { KeyId: key, GranteePrincipal: nameOf(to), Operations: ['DescribeKey'] }, admin)
    const { status } = await service.call('DescribeKey', { KeyId: key }, caller)
    const { requestId } = await lastRecord(service)
    assert.equal(status === 200, counts)
    const question = { key, action: 'DescribeKey' }
    const { allowed, calls } = await canI(question, nameOf(who), service.services)
    assert.equal(allowed, counts)
    const able = await Array.fromAsync(whoCan(question, service.services))
    assert.equal(
      able.some(({ principal, ifAllowedBy }) => principal === nameOf(who) && ifAllowedBy === undefined),
      counts,
    )
    const { decided, now } = await explainRequest(requestId, contextOf(service))
    assert.deepEqual([decided?.allowed, now?.decision.allowed], [counts, counts])
    const { Policy = '' } = await service.ok('GetKeyPolicy', { KeyId: key }, admin)
    const report = await replay({ key, policy: Policy, sinceMs: 0, untilMs: Date.UTC(2030) }, contextOf(service))
    assert.deepEqual([report.breaks, report.allows, report.deniedAnyway], [[], [], []])
    if (who === 'user' && to === 'root') assert.equal(calls.length, 1)
  })
}

test('a sufficient grant is proposed to a principal that already has a grant on the key', async () => {
  const key = (await service.createKey({}, admin)).arn
  const GranteePrincipal = nameOf('user')
  await service.ok('CreateGrant', { KeyId: key, GranteePrincipal, Operations: ['Encrypt'] }, admin)
  const { calls } = await canI({ key, action: 'DescribeKey' }, GranteePrincipal, service.services)
  assert.deepEqual(
    calls.map((call) => 'operation' in call && call.operation),
    ['CreateGrant'],
  )
  const [call] = calls
  if (call === undefined || !('input' in call)) throw new Error('no call was proposed')
  await service.ok('CreateGrant', call.input, admin)
  await service.ok('DescribeKey', { KeyId: key }, callers['user'])
})

describe('RetireGrant', () => {
  test('is decided by the retiring principal of another account, who needs no other permission', async () => {
    for (const who of ['user', 'role'] as const) {
      const { key, GrantId, GrantToken } = await granted({ RetiringPrincipal: nameOf(who) })
      const question = { key, action: 'RetireGrant', grantTokens: [GrantToken] }
      assert.equal((await canI(question, nameOf(who), service.services)).allowed, true)
      assert.equal((await canI(question, nameOf('bounded'), service.services)).allowed, false)
      assert.match(await service.fault('RetireGrant', { KeyId: key, GrantId }, callers['bounded']), /^AccessDenied/)
      await service.ok('RetireGrant', { KeyId: key, GrantId }, callers[who])
    }
  })

  test('is allowed to the account that owns the key, whichever account issued the grant', async () => {
    const owner = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
    const partner = { ...owner, Principal: { AWS: OTHER_ACCOUNT } }
    const Policy = policyOf(owner, partner)
    const { arn: key } = await service.createKey({ Policy }, admin)
    const issuer = await addUser(service, 'issuer', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
    const without = await addUser(service, 'without')
    for (const [who, mayRetire] of [
      [issuer, true],
      [admin, true],
      [{ ...rootOf(ACCOUNT), service: 'kms' }, true],
      [without, false],
      [callers['user']!, false],
    ] as const) {
      const wanted = { KeyId: key, GranteePrincipal: nameOf('role'), Operations: ['DescribeKey'] }
      const { GrantId } = await service.ok('CreateGrant', wanted, issuer)
      const { status } = await service.call('RetireGrant', { KeyId: key, GrantId }, who)
      assert.equal(status === 200, mayRetire, who.principal.arn)
    }
  })
})

function nameOf(who: keyof typeof callers): string {
  const { role, arn } = callers[who]!.principal
  return (role ?? { arn }).arn
}

async function granted(more: object): Promise<{ key: string; GrantId: string; GrantToken: string }> {
  const key = (await service.createKey({}, admin)).arn
  const wanted = { KeyId: key, GranteePrincipal: admin.principal.arn, Operations: ['DescribeKey'], ...more }
  return { key, ...(await service.ok<{ GrantId: string; GrantToken: string }>('CreateGrant', wanted, admin)) }
}
