/**
 * What a real request is answered, and what can-i, who-can, explain and replay say of it, in situations drawn by lot: own
 * and foreign users, roles, roots and services; `*` in both forms; grants to renamed and deleted principals.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { canI } from '../packages/server/src/admin/access/can-i.ts'
import { explainRequest } from '../packages/server/src/admin/access/explain-request.ts'
import { replay } from '../packages/server/src/admin/access/replay.ts'
import { whoCan } from '../packages/server/src/admin/access/who-can.ts'
import { readRecords } from '../packages/server/src/audit/read-records.ts'
import { readablePolicy } from '../packages/server/src/identity/directory/present-names.ts'
import { userPrincipal } from '../packages/server/src/identity/accounts/principals.ts'
import type { Caller } from '../packages/server/src/identity/accounts/caller.ts'
import { contextOf } from '../packages/server/test/admin/access/support/access.ts'
import {
  addManagedPolicy,
  addRole,
  addService,
  addUser,
  ALLOW_KMS,
  policyOf,
} from '../packages/server/test/support/identities.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../packages/server/test/support/service.ts'

const SITUATIONS = Number(process.env['KEYHOLD_SITUATIONS'] ?? 1000)
/** Replays read the whole log. */
const REPLAYED = 10
const ACTIONS = ['DescribeKey', 'GetKeyRotationStatus', 'DisableKey'] as const
const DENY = { ...ALLOW_KMS, Effect: 'Deny', Action: 'kms:DescribeKey' }
const OPEN = { sinceMs: 0, untilMs: Date.UTC(2030) }

let service: TestService
let admin: Caller
/** By the names that documents and grants are given. */
const callers = new Map<string, Caller>()

before(async () => {
  service = await TestService.open('on')
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT]) {
    const silent = await addManagedPolicy(service, `silent${accountId}`, { ...ALLOW_KMS, Action: 'kms:Encrypt' })
    const rights = {
      nothing: {},
      allowed: { inline: { all: ALLOW_KMS } },
      denied: { inline: { all: ALLOW_KMS, deny: DENY } },
      bounded: { inline: { all: ALLOW_KMS }, boundary: silent },
    }
    for (const [name, wanted] of Object.entries(rights)) {
      add(await addUser(service, `${name}${accountId}`, { accountId, ...wanted }))
      add(await addRole(service, `role${name}${accountId}`, { accountId, session: 'any-session', ...wanted }))
    }
    add({ ...rootOf(accountId), service: 'kms' })
    add(await addService(service, `service${accountId}.example.internal`, accountId))
  }
  admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
})
after(() => service[Symbol.asyncDispose]())

function add(caller: Caller): void {
  callers.set((caller.principal.role ?? caller.principal).arn, caller)
}

interface Situation {
  caller: string
  action: (typeof ACTIONS)[number]
  /** Which principals the statements of the key policy name, and whether they allow. */
  statements: { effect: string; name: string }[]
  grantees: string[]
  /** Whether the caller, if it is a user, is moved to another path before the call. */
  renames: boolean
}

function situation(): fc.Arbitrary<Situation> {
  const who = fc.constantFrom(...callers.keys())
  const name = fc.oneof(who, fc.constantFrom('*', '{*}', ACCOUNT, OTHER_ACCOUNT))
  const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny')
  return fc.record({
    caller: who,
    action: fc.constantFrom(...ACTIONS),
    statements: fc.array(fc.record({ effect, name }), { maxLength: 2 }),
    grantees: fc.array(who, { maxLength: 2 }),
    renames: fc.boolean(),
  })
}

function principalOf(name: string): unknown {
  if (name === '*') return '*'
  if (name === '{*}') return { AWS: '*' }
  return name.endsWith('.internal') ? { Service: name } : { AWS: name }
}

/** A key in the situation. */
async function keyIn({ statements, grantees }: Situation): Promise<string> {
  const own = { ...ALLOW_KMS, Principal: { AWS: ACCOUNT } }
  const named = statements.map(({ effect, name }) => ({
    Effect: effect,
    Principal: principalOf(name),
    Action: ACTIONS.map((action) => `kms:${action}`),
    Resource: '*',
  }))
  const Policy = policyOf(own, ...named)
  const key = (await service.createKey({ Policy, BypassPolicyLockoutSafetyCheck: true }, admin)).arn
  for (const name of new Set(grantees)) {
    if (name.endsWith('.internal')) continue
    await service.call('CreateGrant', { KeyId: key, GranteePrincipal: name, Operations: ['DescribeKey'] }, admin)
  }
  return key
}

/** Moves a user to another path: what names them goes on to mean them. */
async function renamed(caller: Caller): Promise<Caller> {
  const { userName, principalId, accountId } = caller.principal
  if (userName === undefined) return caller
  const NewPath = `/moved${Math.floor(service.clock.now() % 1000)}/`
  await service.iam('UpdateUser', { UserName: userName, NewPath }, rootOf(accountId))
  await service.services.directory.catchUp()
  const entry = await service.services.directory.principal(principalId)
  assert.equal(entry?.value.type, 'IAMUser')
  const moved = { ...caller, ...userPrincipal(entry.value) }
  callers.delete(caller.principal.arn)
  add(moved)
  return moved
}

/** The request about the key, unless it was refused like others before it and only counted. */
async function recorded(operation: string, resource: string): Promise<string | undefined> {
  let last: string | undefined
  for await (const record of readRecords(contextOf(service).auditFolder, { resource }))
    if (record.operation === operation) last = record.requestId
  return last
}

/** The key's policy under the present names of the principals that it means. */
async function policyNow(arn: string): Promise<string> {
  const [, , , region = '', , key = ''] = arn.split(':')
  const policy = await service.services.directory.keyPolicy({ region, keyId: key.slice('key/'.length) })
  assert.ok(policy)
  return readablePolicy(policy.stored.value, service.services.directory)
}

test(`${SITUATIONS} situations: requests and every verb of access agree`, async () => {
  const report = { allowed: 0, denied: 0 }
  for (let index = 0; index < SITUATIONS; index++) {
    const [drawn] = fc.sample(situation(), { numRuns: 1, seed: index })
    assert.ok(drawn)
    const key = await keyIn(drawn)
    service.clock.advance(1)
    const first = callers.get(drawn.caller)!
    const caller = drawn.renames ? await renamed(first) : first
    const about = JSON.stringify({ index, ...drawn })
    const name = (caller.principal.role ?? caller.principal).arn
    const { status } = await service.call(drawn.action, { KeyId: key }, caller)
    const allowed = status === 200
    report[allowed ? 'allowed' : 'denied'] += 1
    const question = { key, action: drawn.action }
    assert.equal((await canI(question, name, service.services)).allowed, allowed, `can-i ${about}`)
    const able = await Array.fromAsync(whoCan(question, service.services), ({ principal }) => principal)
    assert.equal(able.includes(name), allowed, `who-can ${about}`)
    if (index % Math.ceil(SITUATIONS / REPLAYED) > 0) continue
    const requestId = await recorded(drawn.action, key)
    if (requestId !== undefined) {
      const { decided, now } = await explainRequest(requestId, contextOf(service))
      assert.deepEqual([decided?.allowed, now?.decision.allowed], [allowed, allowed], `explain ${about}`)
    }
    const { breaks, allows, deniedAnyway } = await replay(
      { key, policy: await policyNow(key), ...OPEN },
      contextOf(service),
    )
    assert.deepEqual([breaks, allows, deniedAnyway], [[], [], []], `replay ${about}`)
  }
  assert.ok(report.allowed > SITUATIONS / 10 && report.denied > SITUATIONS / 10, JSON.stringify(report))
})
