import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/domain/policy/decide.ts'
import { REASONS } from '../../../src/domain/policy/reasons.ts'
import { decisionRows } from './support/decision-rows.ts'
import { fakePolicy } from './support/fake-policy.ts'
import { LANGUAGES } from './support/languages.ts'
import { decisionProblem, firstDisagreement, situations } from './support/verify.ts'
import { requestOf, worldOf } from './support/world.ts'

for (const row of decisionRows()) {
  test(`${row.who} with ${row.words.join(' ') || 'nothing'}: ${row.reason}, as ${row.why}`, () => {
    assert.equal(decisionProblem({ decide }, row, fakePolicy), undefined)
  })
}

for (const [name, compile] of LANGUAGES) {
  test(`every combination of documents is decided as the published evaluation logic has it (${name})`, () => {
    assert.ok([...situations()].length >= 5000)
    assert.equal(firstDisagreement({ decide }, compile), undefined)
  })

  test(`every row written by hand is decided as it says (${name})`, () => {
    for (const row of decisionRows()) assert.equal(decisionProblem({ decide }, row, compile), undefined)
  })
}

test('at least a hundred rows are written by hand, and every reason is the outcome of one of them', () => {
  const rows = decisionRows()
  assert.ok(rows.length >= 100)
  // What is too much work takes documents of many kilobytes: work.test.ts has them.
  assert.deepEqual(new Set([...rows.map(({ reason }) => reason), 'too-much-work']), new Set(Object.keys(REASONS)))
})

test('what decided is named: the statements of every layer that had to allow, or the one that denied', () => {
  const basisOf = (who: string, words: string[]) => decide(requestOf(worldOf(who, words), fakePolicy)).basis
  const words = [
    'names-stranger',
    'names-account',
    'identity-silent',
    'identity-allows',
    'boundary-allows',
    'session-allows',
  ]
  assert.deepEqual(basisOf('session', words), [
    { layer: 'resource policy', policy: 'key policy', statement: { index: 1 } },
    { layer: 'identity policy', policy: 'identity-1', statement: { index: 0 } },
    { layer: 'permissions boundary', policy: 'boundary', statement: { index: 0 } },
    { layer: 'session policy', policy: 'session-0', statement: { index: 0 } },
  ])
  assert.deepEqual(basisOf('user', ['names-user', 'key-denies']), [
    { layer: 'resource policy', policy: 'key policy', statement: { index: 1 } },
  ])
  assert.deepEqual(basisOf('user', ['grant-stranger', 'grant-self']), [{ layer: 'grant', grantId: 'grant-1' }])
  assert.deepEqual(basisOf('user', []), [])
})
