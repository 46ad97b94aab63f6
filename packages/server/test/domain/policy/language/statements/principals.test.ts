import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Bindings, PolicyPrincipal, Verdict } from '../../../../../src/domain/policy/language/contract.ts'
import {
  ACCOUNT,
  compiled,
  KEY_ARN,
  OTHER_ACCOUNT,
  request,
  ROOT,
  SERVICE,
  SESSION,
  USER,
  WEB_IDENTITY,
} from '../support.ts'

const ROOT_ARN = `arn:aws:iam::${ACCOUNT}:root`
const STRANGER: PolicyPrincipal = {
  type: 'IAMUser',
  arn: `arn:aws:iam::${OTHER_ACCOUNT}:user/team/alice`,
  accountId: OTHER_ACCOUNT,
  principalId: 'AIDASTRANGERSTRANGE1',
}
const ROLE_ARN = SESSION.role?.arn ?? ''
const ROLE_ID = SESSION.role?.principalId ?? ''

/** How a key policy of one statement allows `principal`; `false` if it does not. */
function allowedAs(who: object, principal: PolicyPrincipal, bindings?: Bindings): string | false {
  const document = { Statement: { Effect: 'Allow', Action: '*', Resource: '*', ...who } }
  return Object.keys(compiled(document, 'key', bindings).evaluate(request({ principal })).allow)[0] ?? false
}

function isDenied(who: object, principal: PolicyPrincipal, bindings?: Bindings, hasBoundary = false): boolean {
  const document = { Statement: { Effect: 'Deny', Action: '*', Resource: '*', ...who } }
  return compiled(document, 'key', bindings).evaluate(request({ principal, hasBoundary })).deny !== undefined
}

const aws = (...names: string[]): object => ({ Principal: { AWS: names } })
const notAws = (...names: string[]): object => ({ NotPrincipal: { AWS: names } })

test('the principal * matches every principal, including services, in every form', () => {
  for (const principal of [USER, ROOT, SESSION, STRANGER, SERVICE]) {
    assert.equal(allowedAs({ Principal: '*' }, principal), 'principal')
    assert.equal(allowedAs(aws('*'), principal), 'principal')
    assert.equal(allowedAs({ Principal: { AWS: '*' } }, principal), 'principal')
  }
})

test('a principal is known by its own ARN, and by no other', () => {
  assert.equal(allowedAs(aws(USER.arn), USER), 'principal')
  assert.equal(allowedAs(aws('*', USER.arn), USER), 'principal')
  assert.equal(allowedAs(aws(SESSION.arn), SESSION), 'principal')
  for (const arn of [
    USER.arn.replace('team/', ''),
    USER.arn.replace('alice', 'Alice'),
    USER.arn.replace('arn:aws:', 'arn:aws-cn:'),
  ]) {
    assert.equal(allowedAs(aws(arn), USER), false, arn)
  }
  assert.equal(allowedAs(aws(USER.arn), STRANGER), false)
})

test('a session is known by its role', () => {
  assert.equal(allowedAs(aws(ROLE_ARN), SESSION), 'role')
  assert.equal(allowedAs(aws(ROLE_ARN, SESSION.arn), SESSION), 'principal')
  assert.equal(allowedAs(aws(ROLE_ARN.replace('jobs/', '')), SESSION), false)
})

test('an account is named in each of its forms, and what limits an allow least is told', () => {
  for (const name of [ACCOUNT, ROOT_ARN]) {
    assert.equal(allowedAs(aws(name), USER), 'account', name)
    assert.equal(allowedAs(aws(name), SESSION), 'account', name)
    assert.equal(allowedAs(aws(name), ROOT), 'principal', name)
    assert.equal(allowedAs(aws(name), STRANGER), false, name)
    assert.equal(allowedAs(aws(name, USER.arn), USER), 'principal', name)
    assert.equal(allowedAs(aws(name, ROLE_ARN), SESSION), 'role', name)
  }
})

test('an account has its name in the partition of identities and in that of the key, and in no other', () => {
  const inChina = KEY_ARN.replace('arn:aws:kms:eu-central-1', 'arn:aws-cn:kms:cn-north-1')
  const cn = ROOT_ARN.replace('arn:aws:', 'arn:aws-cn:')
  const gov = ROOT_ARN.replace('arn:aws:', 'arn:aws-us-gov:')
  const asked = (name: string, resource: string, statement: object = aws(name)): Verdict =>
    compiled({ Statement: { Effect: 'Allow', Action: '*', Resource: '*', ...statement } }, 'key').evaluate(
      request({ principal: ROOT, resource }),
    )
  for (const [name, resource, isNamed] of [
    [ROOT_ARN, KEY_ARN, true],
    [ROOT_ARN, inChina, true],
    [ACCOUNT, inChina, true],
    [cn, inChina, true],
    [cn, KEY_ARN, false],
    [gov, KEY_ARN, false],
    [gov, inChina, false],
  ] as const) {
    assert.equal(asked(name, resource).allow.principal !== undefined, isNamed, `${name} ${resource}`)
    // In doubt a denial holds: whatever the partition, Deny is for the account, and NotPrincipal spares it in its own alone.
    assert.ok(asked(name, resource, { ...aws(name), Effect: 'Deny' }).deny)
    const isSpared = asked(name, resource, { ...notAws(name), Effect: 'Deny' }).deny === undefined
    assert.equal(isSpared, isNamed, `${name} ${resource}`)
    assert.deepEqual(asked(name, resource, notAws(name)).allow, {})
  }
})

test('a unique id matches the principal that has it', () => {
  assert.equal(allowedAs(aws(USER.principalId), USER), 'principal')
  assert.equal(allowedAs(aws(ROLE_ID), SESSION), 'role')
  assert.equal(allowedAs(aws('AIDAOTHEROTHEROTHER1'), USER), false)
})

test('a service is known by its name only', () => {
  assert.equal(allowedAs({ Principal: { Service: [SERVICE.arn] } }, SERVICE), 'principal')
  assert.equal(allowedAs({ Principal: { Service: ['ec2.amazonaws.com'] } }, SERVICE), false)
  assert.equal(allowedAs({ Principal: { Service: [SERVICE.arn] } }, USER), false)
  assert.equal(allowedAs(aws(SERVICE.accountId), SERVICE), false)
})

test('a web identity matches by its provider, and an Allow for * does not apply to it', () => {
  const host: PolicyPrincipal = { ...WEB_IDENTITY, arn: 'accounts.google.com' }
  assert.equal(allowedAs({ Principal: { Federated: WEB_IDENTITY.arn } }, WEB_IDENTITY), 'principal')
  assert.equal(allowedAs({ Principal: { Federated: host.arn } }, host), 'principal')
  assert.equal(allowedAs({ Principal: { Federated: host.arn } }, WEB_IDENTITY), false)
  for (const who of [{ Principal: '*' }, aws('*'), aws(ACCOUNT), notAws(OTHER_ACCOUNT)])
    assert.equal(allowedAs(who, WEB_IDENTITY), false)
  assert.ok(isDenied({ Principal: '*' }, WEB_IDENTITY))
})

test('a canonical user matches no principal', () => {
  for (const principal of [USER, ROOT, SESSION, SERVICE, WEB_IDENTITY])
    assert.equal(allowedAs({ Principal: { CanonicalUser: 'a'.repeat(64) } }, principal), false)
})

test('a bound ARN means the principal that had it when the policy was put', () => {
  const successor = { ...USER, principalId: 'AIDASUCCESSORSUCCES1' }
  const bindings = new Map([[USER.arn, USER.principalId]])
  assert.equal(allowedAs(aws(USER.arn), USER, bindings), 'principal')
  assert.equal(allowedAs(aws(USER.arn), successor, bindings), false)
  assert.ok(!isDenied(aws(USER.arn), successor, bindings))
  assert.equal(allowedAs(aws(USER.arn), successor), 'principal')
})

test('a bound role means the role that had its name, for its sessions too', () => {
  const id = 'AROASUCCESSORSUCCES1'
  const successor = { ...SESSION, principalId: `${id}:night`, role: { arn: ROLE_ARN, principalId: id } }
  const bindings = new Map([
    [ROLE_ARN, ROLE_ID],
    [SESSION.arn, ROLE_ID],
  ])
  for (const arn of [ROLE_ARN, SESSION.arn]) {
    assert.notEqual(allowedAs(aws(arn), SESSION, bindings), false, arn)
    assert.equal(allowedAs(aws(arn), successor, bindings), false, arn)
  }
  const longer = { ...SESSION, principalId: `${ROLE_ID}X:night`, role: { arn: ROLE_ARN, principalId: `${ROLE_ID}X` } }
  assert.equal(allowedAs(aws(SESSION.arn), longer, bindings), false)
})

test('with bindings, an unbound user or role matches no principal', () => {
  assert.equal(allowedAs(aws(USER.arn), USER, new Map()), false)
  assert.equal(allowedAs(aws(ROLE_ARN), SESSION, new Map()), false)
  assert.equal(allowedAs(aws(ROLE_ARN), { ...SESSION, role: { arn: ROLE_ARN, principalId: '' } }, new Map()), false)
  assert.equal(allowedAs(aws(SESSION.arn), SESSION, new Map()), 'principal')
  assert.equal(allowedAs(aws(ACCOUNT), USER, new Map()), 'account')
})

test('Deny with NotPrincipal spares a user when it and its account are listed', () => {
  assert.ok(!isDenied(notAws(USER.arn, ROOT_ARN), USER))
  assert.ok(!isDenied(notAws(USER.principalId, ACCOUNT), USER))
  for (const names of [[USER.arn], [ROOT_ARN], [STRANGER.arn, ROOT_ARN], [USER.arn, OTHER_ACCOUNT]])
    assert.ok(isDenied(notAws(...names), USER), String(names))
})

test('Deny with NotPrincipal spares a session when it, its role and its account are listed', () => {
  assert.ok(!isDenied(notAws(SESSION.arn, ROLE_ARN, ROOT_ARN), SESSION))
  for (const names of [
    [SESSION.arn, ROLE_ARN],
    [SESSION.arn, ROOT_ARN],
    [ROLE_ARN, ROOT_ARN],
  ])
    assert.ok(isDenied(notAws(...names), SESSION), String(names))
})

test('Deny with NotPrincipal spares a root, a service and a web identity by their one name', () => {
  assert.ok(!isDenied(notAws(ROOT_ARN), ROOT))
  assert.ok(isDenied(notAws(OTHER_ACCOUNT), ROOT))
  assert.ok(!isDenied({ NotPrincipal: { Service: SERVICE.arn } }, SERVICE))
  assert.ok(isDenied({ NotPrincipal: { Service: 'ec2.amazonaws.com' } }, SERVICE))
  assert.ok(!isDenied({ NotPrincipal: { Federated: WEB_IDENTITY.arn } }, WEB_IDENTITY))
  assert.ok(!isDenied({ NotPrincipal: '*' }, WEB_IDENTITY))
  assert.ok(isDenied({ NotPrincipal: { Federated: 'other.example.com' } }, WEB_IDENTITY))
  for (const principal of [USER, ROOT, SESSION, SERVICE, WEB_IDENTITY]) {
    assert.ok(!isDenied({ NotPrincipal: '*' }, principal))
    assert.ok(!isDenied(notAws('*'), principal))
  }
})

test('a Deny with NotPrincipal exempts no principal that has a permissions boundary, even if listed', () => {
  for (const names of [[USER.arn, ROOT_ARN], [USER.principalId, ACCOUNT], ['*']]) {
    assert.ok(!isDenied(notAws(...names), USER), String(names))
    assert.ok(isDenied(notAws(...names), USER, undefined, true), String(names))
  }
  assert.ok(isDenied(notAws(SESSION.arn, ROLE_ARN, ROOT_ARN), SESSION, undefined, true))
  assert.ok(isDenied({ NotPrincipal: '*' }, USER, undefined, true))
})

test('a boundary does not affect Principal, nor an Allow with NotPrincipal', () => {
  assert.ok(!isDenied(aws(STRANGER.arn), USER, undefined, true))
  const document = { Statement: { Effect: 'Allow', Action: '*', Resource: '*', ...notAws(ACCOUNT) } }
  const asked = request({ principal: USER, hasBoundary: true })
  assert.deepEqual(compiled(document, 'key').evaluate(asked), { allow: {} })
})

test('a trace tells of the boundary where it is why NotPrincipal did not spare', () => {
  const deny = { Effect: 'Deny', Action: '*', Resource: '*', ...notAws(USER.arn, ROOT_ARN) }
  const despite = (hasBoundary: boolean, principal = USER): unknown =>
    compiled({ Statement: deny }, 'key').trace(request({ principal, hasBoundary }))[0]?.despiteNotPrincipal
  assert.deepEqual([despite(true), despite(false), despite(true, STRANGER)], [true, undefined, undefined])
})

test('a Deny with NotPrincipal does not exempt the successor of a listed principal', () => {
  const bindings = new Map([[USER.arn, USER.principalId]])
  assert.ok(!isDenied(notAws(USER.arn, ACCOUNT), USER, bindings))
  assert.ok(isDenied(notAws(USER.arn, ACCOUNT), { ...USER, principalId: 'AIDASUCCESSORSUCCES1' }, bindings))
})

test('an Allow with NotPrincipal excludes principals listed in any form, and everything that is no AWS principal', () => {
  for (const names of [[USER.arn], [ACCOUNT], [USER.principalId], ['*']])
    assert.equal(allowedAs(notAws(...names), USER), false)
  for (const names of [[SESSION.arn], [ROLE_ARN], [ROLE_ID], [ROOT_ARN]])
    assert.equal(allowedAs(notAws(...names), SESSION), false)
  assert.equal(allowedAs(notAws(OTHER_ACCOUNT), USER), 'principal')
  assert.equal(allowedAs(notAws(OTHER_ACCOUNT), SESSION), 'principal')
  assert.equal(allowedAs(notAws(OTHER_ACCOUNT), SERVICE), false)
})

test('an Allow with NotPrincipal excludes the successor of a listed principal', () => {
  const bindings = new Map([[USER.arn, USER.principalId]])
  const successor = { ...USER, principalId: 'AIDASUCCESSORSUCCES1' }
  assert.equal(allowedAs(notAws(USER.arn), successor, bindings), false)
  assert.equal(allowedAs(notAws(USER.arn), USER, new Map()), false)
})

test('no list both includes and excludes the same principal', () => {
  const names = fc.subarray([USER.arn, ROLE_ARN, SESSION.arn, ACCOUNT, USER.principalId, ROLE_ID, '*'], {
    minLength: 1,
  })
  fc.assert(
    fc.property(names, fc.constantFrom(USER, ROOT, SESSION, STRANGER), (names, principal) => {
      if (allowedAs(aws(...names), principal) !== false) assert.equal(allowedAs(notAws(...names), principal), false)
      else assert.ok(isDenied(notAws(...names), principal))
    }),
  )
})

test('a bound principal stays named after it is renamed: renaming does not evade a denial', () => {
  const renamed = { ...USER, arn: USER.arn.replace('alice', 'alicia') }
  const bindings = new Map([[USER.arn, USER.principalId]])
  assert.ok(isDenied(aws(USER.arn), renamed, bindings))
  assert.equal(allowedAs(aws(USER.arn), renamed, bindings), 'principal')
  assert.equal(allowedAs(notAws(USER.arn), renamed, bindings), false)
  assert.ok(!isDenied(notAws(USER.arn, ROOT_ARN), renamed, bindings))
})

test('a Deny for * applies to web identities, an Allow does not', () => {
  for (const everybody of [{ Principal: '*' }, aws('*')]) {
    assert.ok(isDenied(everybody, WEB_IDENTITY))
    assert.equal(allowedAs(everybody, WEB_IDENTITY), false)
  }
})
