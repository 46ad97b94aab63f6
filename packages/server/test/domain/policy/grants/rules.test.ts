import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { GrantConstraints } from '../../../../src/domain/policy/access.ts'
import { grantAllows } from '../../../../src/domain/policy/grants/match.ts'
import { childGrantFault, grantFault as faultOf, type WantedGrant } from '../../../../src/domain/policy/grants/rules.ts'
import { GRANTABLE, grantRuleOf } from '../support/grantable.ts'
import { CHILD_ROWS, columns } from '../support/grant-rows.ts'
import { childProblem } from '../support/verify.ts'
import { KEY as GRANTED_KEY, KEY_ARN, PRINCIPALS } from '../support/world.ts'

const KEY = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT' }
const WANTED: WantedGrant = { operations: ['Decrypt'], granteePrincipal: 'arn:aws:iam::111122223333:user/alice' }
const grantFault = (wanted: WantedGrant, key: typeof KEY): string | undefined => faultOf(wanted, key, GRANTABLE)
const SOURCE = { sourceArn: 'arn:aws:s3:eu-central-1:111122223333:one' }

for (const row of columns(CHILD_ROWS)) {
  test(`a grant of ${row[0]} ${row[1]} makes one of ${row[2]} ${row[3]}: ${row[4]}, as ${row[5]}`, () => {
    assert.equal(childProblem({ childGrantFault }, row), undefined)
  })
}

test('what a child grant allows, its parent allows', () => {
  const context = fc.dictionary(fc.constantFrom('a', 'A', 'b', 'c'), fc.constantFrom('1', '2'), { maxKeys: 3 })
  const constraints: fc.Arbitrary<GrantConstraints> = fc.record(
    { encryptionContextEquals: context, encryptionContextSubset: context },
    { requiredKeys: [] },
  )
  const principal = PRINCIPALS['user']
  assert.ok(principal)
  const allows = (limits: GrantConstraints, encryptionContext: Record<string, string>): boolean =>
    grantAllows(
      { grantId: 'g', ...GRANTED_KEY, operations: ['Decrypt'], grantee: { arn: principal.arn }, constraints: limits },
      {
        principal,
        action: 'kms:Decrypt',
        grantable: grantRuleOf('kms:Decrypt'),
        resource: { arn: KEY_ARN },
        encryptionContext,
        conditions: { get: () => undefined, isByDefault: () => false },
      },
    ) !== undefined
  let allowed = 0
  fc.assert(
    fc.property(constraints, constraints, context, (parent, child, request) => {
      const operations = ['Decrypt']
      const fault = childGrantFault({ operations, constraints: parent }, { operations, constraints: child })
      if (fault !== undefined || !allows(child, request)) return
      allowed += 1
      assert.ok(allows(parent, request))
    }),
    { numRuns: 30_000 },
  )
  // Most of what is drawn says nothing: without this, a property about nothing would hold.
  assert.ok(allowed > 30)
})

test('a grant has one grantee: a principal or a service', () => {
  assert.equal(grantFault(WANTED, KEY), undefined)
  const both = { ...WANTED, granteeServicePrincipal: 'backup.amazonaws.com' }
  for (const wanted of [both, { operations: ['Decrypt'] }]) {
    assert.match(grantFault(wanted, KEY) ?? '', /either GranteePrincipal or GranteeServicePrincipal/)
  }
})

test('at most one may retire it', () => {
  const retiringPrincipal = 'arn:aws:iam::111122223333:root'
  const wanted = { ...WANTED, retiringPrincipal, retiringServicePrincipal: 'backup.amazonaws.com' }
  assert.match(grantFault(wanted, KEY) ?? '', /not both/)
  assert.equal(grantFault({ ...WANTED, retiringPrincipal }, KEY), undefined)
})

test('a grant to a service needs a SourceArn constraint and a retiring principal', () => {
  const service = { operations: ['Decrypt'], granteeServicePrincipal: 'backup.amazonaws.com' }
  const retiringServicePrincipal = 'backup.amazonaws.com'
  assert.match(grantFault({ ...service, retiringServicePrincipal }, KEY) ?? '', /SourceArn/)
  assert.match(grantFault({ ...service, constraints: SOURCE }, KEY) ?? '', /RetiringPrincipal/)
  for (const retiring of [{ retiringServicePrincipal }, { retiringPrincipal: 'arn:aws:iam::111122223333:root' }]) {
    assert.equal(grantFault({ ...service, ...retiring, constraints: SOURCE }, KEY), undefined)
  }
})

test('the operations must suit the key, and there must be one', () => {
  assert.match(grantFault({ ...WANTED, operations: ['Decrypt', 'Sign'] }, KEY) ?? '', /Sign does not suit/)
  assert.match(grantFault({ ...WANTED, operations: [] }, KEY) ?? '', /at least one/)
})

test('only symmetric encryption keys have constraints on the encryption context; SourceArn suits all keys', () => {
  const rsa = { spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT' }
  for (const constraints of [{ encryptionContextEquals: { a: '1' } }, { encryptionContextSubset: { a: '1' } }]) {
    assert.match(grantFault({ ...WANTED, constraints }, rsa) ?? '', /symmetric encryption key/)
    assert.equal(grantFault({ ...WANTED, constraints }, KEY), undefined)
  }
  assert.equal(grantFault({ ...WANTED, constraints: SOURCE }, rsa), undefined)
})

test('a grant of CreateGrant alone, or with both constraints on the context, is refused in AWS’s words', () => {
  const alone = 'Grants must not contain only the CreateGrant operation.'
  for (const operations of [['CreateGrant'], ['CreateGrant', 'CreateGrant']]) {
    assert.equal(grantFault({ ...WANTED, operations }, KEY), alone)
  }
  for (const operations of [['CreateGrant', 'Decrypt'], ['CreateGrant', 'DescribeKey'], ['Decrypt']]) {
    assert.equal(grantFault({ ...WANTED, operations }, KEY), undefined)
  }
  const [one, none] = [{ a: '1' }, {}]
  for (const encryptionContextEquals of [one, none]) {
    for (const encryptionContextSubset of [one, none]) {
      const constraints = { encryptionContextEquals, encryptionContextSubset }
      assert.equal(grantFault({ ...WANTED, constraints }, KEY), 'More than one constraint supplied')
    }
    assert.equal(grantFault({ ...WANTED, constraints: { encryptionContextEquals, ...SOURCE } }, KEY), undefined)
  }
})

test('a constraint holds eight pairs and 384 characters, and no more', () => {
  const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, 'v']))
  const fault = (context: Record<string, string>) =>
    grantFault({ ...WANTED, constraints: { encryptionContextSubset: context } }, KEY)
  assert.equal(fault(pairs(8)), undefined)
  assert.match(fault(pairs(9)) ?? '', /at most 8 pairs/)
  assert.equal(fault({ name: 'v'.repeat(380) }), undefined)
  assert.match(fault({ name: 'v'.repeat(381) }) ?? '', /384 characters/)
})
