import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '../../../../src/domain/policy/explain/explain.ts'
import type { NearMiss } from '../../../../src/domain/policy/explain/explanation.ts'
import { fakePolicy } from '../support/fake-policy.ts'
import { requestOf, worldOf } from '../support/world.ts'

function explained(who: string, words: string) {
  const list = words.split(' ').filter((word) => word !== '')
  return explain(requestOf(worldOf(who, list), fakePolicy))
}

function nearest(who: string, words: string): NearMiss | undefined {
  return explained(who, words).nearest
}

test('every layer is shown in the order in which it is asked, absent ones too', () => {
  const { layers } = explained('user', 'names-account identity-silent identity-allows')
  assert.deepEqual(
    layers.map(({ layer, policies }) => [layer, policies === 'absent' ? policies : policies.map(({ name }) => name)]),
    [
      ['resource policy', ['key policy']],
      ['identity policy', ['identity-0', 'identity-1']],
      ['permissions boundary', 'absent'],
      ['session policy', 'absent'],
    ],
  )
})

test('each statement says which of its parts matched', () => {
  const { layers } = explained('session', 'names-role key-denies-encrypt')
  const [{ policies } = {}] = layers
  const statements = policies === 'absent' ? [] : policies?.[0]?.statements
  assert.deepEqual(
    statements?.map(({ effect, principal, action, applies }) => ({ effect, principal, action, applies })),
    [
      { effect: 'Allow', principal: 'role', action: true, applies: true },
      { effect: 'Deny', principal: 'principal', action: false, applies: false },
    ],
  )
})

test('each grant says which of its parts matched', () => {
  const { grants } = explained('user', 'grant-other-operation grant-other-context grant-stranger grant-self')
  assert.deepEqual(
    grants.map(({ operation, grantee, constraints, applies }) => [operation, grantee, constraints.length, applies]),
    [
      [false, 'principal', 0, false],
      [true, 'principal', 1, false],
      [true, false, 0, false],
      [true, 'principal', 0, true],
    ],
  )
})

test('the nearest statement is the one with the fewest parts that failed', () => {
  const world = worldOf('user', ['names-stranger', 'names-stranger'])
  const statements = typeof world.resource.policy === 'object' ? world.resource.policy.Statement : []
  assert.ok(statements[0])
  statements[0].Action = 'kms:Encrypt'
  const { nearest } = explain(requestOf(world, fakePolicy))
  assert.deepEqual(nearest, {
    layer: 'resource policy',
    policy: 'key policy',
    statement: { index: 1 },
    failed: [{ part: 'principal' }],
  })
})

test('it is looked for where an allow is missing only', () => {
  assert.equal(nearest('user', 'names-account identity-silent')?.layer, 'identity policy')
  assert.equal(nearest('user', 'names-account identity-allows boundary-silent')?.layer, 'permissions boundary')
  assert.equal(nearest('session', 'names-role identity-silent session-silent')?.layer, 'session policy')
  assert.equal(nearest('user', 'identity-silent'), undefined)
})

test('a grant can be nearest', () => {
  assert.deepEqual(nearest('user', 'names-stranger grant-other-context'), {
    layer: 'resource policy',
    policy: 'key policy',
    statement: { index: 0 },
    failed: [{ part: 'principal' }],
  })
  const constraint = 'EncryptionContextSubset'
  assert.deepEqual(nearest('user', 'grant-other-context'), {
    layer: 'grant',
    grantId: 'grant-0',
    failed: [{ part: 'constraint', constraint, wanted: { volume: 'vol-2' }, found: { volume: 'vol-1' } }],
  })
})

test('what applies without being enough is not nearest to an allow', () => {
  assert.equal(nearest('service', 'names-account grant-account')?.layer, 'grant')
  assert.equal(nearest('service', 'names-account'), undefined)
})

test('nothing is nearest if nothing is missing: the request is allowed, or only a deny prevents it', () => {
  assert.equal(nearest('user', 'names-user identity-silent'), undefined)
  assert.equal(nearest('user', 'names-user key-denies'), undefined)
  assert.equal(nearest('user', 'key-denies-stranger'), undefined, 'a deny is no near miss of an allow')
})

test('an explanation is plain data', () => {
  for (const words of ['names-user', 'names-account boundary-silent key-denies', 'grant-other-context']) {
    const explanation = JSON.parse(JSON.stringify(explained('session', words))) as { decision: object }
    assert.deepEqual(explanation.decision, JSON.parse(JSON.stringify(explained('session', words).decision)))
  }
})
