import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { canI } from '../../../src/admin/access/can-i.ts'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { replay } from '../../../src/admin/access/replay.ts'
import { whoCan } from '../../../src/admin/access/who-can.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addUser, ALLOW_KMS } from '../../support/identities.ts'
import { OTHER_ACCOUNT, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'

/** What a grant belongs to instead of the requested key, and whether it counts. */
let service: TestService
let admin: Caller
let adminElsewhere: Caller
let partner: Caller
let grantee: Caller

before(async () => {
  service = await TestService.open('on')
  const inline = { all: ALLOW_KMS }
  admin = await addUser(service, 'admin', { inline })
  adminElsewhere = { ...admin, region: 'us-west-2' }
  partner = await addUser(service, 'partner', { inline, accountId: OTHER_ACCOUNT })
  grantee = await addUser(service, 'grantee')
})
after(() => service[Symbol.asyncDispose]())

interface Situation {
  grant: string
  /** Creates the grant and returns its token; `key` is the key of the question. */
  give(key: string): Promise<string>
  counts: boolean
}

const SITUATIONS: readonly Situation[] = [
  { grant: 'on the key', give: (key) => granted(key, admin), counts: true },
  { grant: 'on another key of the account', give: async () => granted(await keyOf(admin), admin), counts: false },
  { grant: "on another account's key", give: async () => granted(await keyOf(partner), partner), counts: false },
  { grant: 'revoked since', give: revoked, counts: false },
]

for (const { grant, give, counts } of SITUATIONS) {
  test(`a grant ${grant} ${counts ? 'counts' : 'does not count'} in every access question`, async () => {
    const key = await keyOf(admin)
    const GrantTokens = [await give(key)]
    const { status } = await service.call('DescribeKey', { KeyId: key, GrantTokens }, grantee)
    const record = await lastRecord(service)
    assert.equal(status === 200, counts)
    const { name, arn } = { name: 'DescribeKey', arn: grantee.principal.arn }
    assert.equal((await canI({ key, action: name }, arn, service.services)).allowed, counts)
    const able = await Array.fromAsync(whoCan({ key, action: name }, service.services), ({ principal }) => principal)
    assert.equal(able.includes(arn), counts)
    const report = await explainRequest(record.requestId, contextOf(service))
    assert.deepEqual([report.decided?.allowed, report.now?.decision.allowed], [counts, counts])
    const { breaks, allows, deniedAnyway, unchanged } = await replayed(key)
    assert.deepEqual([breaks, allows, deniedAnyway], [[], [], []])
    assert.ok(unchanged > 0)
  })
}

test('a token of another Region is refused before any decision', async () => {
  const key = await keyOf(admin)
  const GrantTokens = [await granted(await keyOf(adminElsewhere), adminElsewhere)]
  assert.match(await service.fault('DescribeKey', { KeyId: key, GrantTokens }, grantee), /^InvalidGrantToken/)
  assert.equal((await lastRecord(service)).decision, undefined)
})

test('a request with the token of a grant that is not effective yet is explained and replayed with that grant', async () => {
  service.services.grantDelayMs = 3_600_000
  const key = await keyOf(admin)
  const GrantTokens = [await granted(await keyOf(admin), admin), await granted(key, admin)]
  await service.ok('DescribeKey', { KeyId: key, GrantTokens }, grantee)
  const { requestId, decision } = await lastRecord(service)
  assert.equal(decision?.tokenGrants?.length, 2)
  const { now } = await explainRequest(requestId, contextOf(service))
  assert.deepEqual([now?.decision.allowed, now?.decision.reason], [true, 'named-by-grant'])
  assert.deepEqual((await replayed(key)).deniedAnyway, [])
  service.services.grantDelayMs = 0
})

test('a question can have as many grant tokens as a request', async () => {
  const key = await keyOf(admin)
  const grantTokens = Array.from({ length: 11 }, () => 'any')
  await assert.rejects(canI({ key, action: 'DescribeKey', grantTokens }, grantee.principal.arn, service.services), {
    name: 'AccessError',
    message: 'A request has at most 10 grant tokens.',
  })
})

test('RetireGrant by grant token is explained and replayed by the grant that the token names', async () => {
  const key = await keyOf(admin)
  const other = await addUser(service, 'other')
  const wanted = { KeyId: key, GranteePrincipal: grantee.principal.arn, Operations: ['DescribeKey', 'RetireGrant'] }
  const { GrantToken } = await service.ok('CreateGrant', wanted, admin)
  for (const [caller, allowed] of [
    [grantee, true],
    [other, false],
  ] as const) {
    await service.fault('RetireGrant', { GrantToken, DryRun: true }, caller)
    const { requestId } = await lastRecord(service)
    const { decided, now } = await explainRequest(requestId, contextOf(service))
    assert.deepEqual([decided?.allowed, now?.decision.allowed], [allowed, allowed])
    const { breaks, allows, deniedAnyway } = await replayed(key)
    assert.deepEqual([breaks, allows, deniedAnyway], [[], [], []])
  }
})

test('a grant decides who can retire it, so a question about that must name one', async () => {
  const key = await keyOf(admin)
  const retiring = await addUser(service, 'retiring')
  const wanted = {
    KeyId: key,
    GranteePrincipal: grantee.principal.arn,
    RetiringPrincipal: retiring.principal.arn,
    Operations: ['DescribeKey'],
  }
  const { GrantToken = '' } = await service.ok('CreateGrant', wanted, admin)
  const question = { key, action: 'RetireGrant', grantTokens: [GrantToken] }
  const able = await Array.fromAsync(whoCan(question, service.services), ({ principal }) => principal)
  const root = `arn:aws:iam::${admin.principal.accountId}:root`
  assert.deepEqual(able.toSorted(), [root, admin.principal.arn, retiring.principal.arn].toSorted())
  const unnamed = canI({ key, action: 'RetireGrant' }, grantee.principal.arn, service.services)
  await assert.rejects(
    unnamed,
    /^AccessError: kms:RetireGrant is decided by the grant itself: name a grant by its grant token\.$/,
  )
})

async function keyOf(caller: Caller): Promise<string> {
  return (await service.createKey({}, caller)).arn
}

async function granted(KeyId: string, by: Caller): Promise<string> {
  return (await grantOn(KeyId, by))['GrantToken'] ?? ''
}

function grantOn(KeyId: string, by: Caller): Promise<Record<string, string>> {
  const wanted = { KeyId, GranteePrincipal: grantee.principal.arn, Operations: ['DescribeKey'] }
  return service.ok('CreateGrant', wanted, by)
}

async function revoked(KeyId: string): Promise<string> {
  const { GrantId, GrantToken = '' } = await grantOn(KeyId, admin)
  await service.ok('RevokeGrant', { KeyId, GrantId }, admin)
  return GrantToken
}

/** Replays the log with the key's present policy. */
async function replayed(key: string) {
  const { Policy = '' } = await service.ok('GetKeyPolicy', { KeyId: key }, admin)
  return replay({ key, policy: Policy, sinceMs: 0, untilMs: Date.UTC(2030) }, contextOf(service))
}
