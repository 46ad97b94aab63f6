import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applies, conditions } from '../support.ts'

const BUCKET = 'arn:aws:s3:::bucket'

function matchesResource(
  pattern: string,
  resource: string,
  values: Record<string, string[]>,
  version?: string,
): boolean {
  return applies({ Resource: pattern }, { resource, conditions: conditions(values) }, version)
}

test('a variable is replaced by the value of its key, in resources and in conditions', () => {
  const values = { 'aws:username': ['alice'], 'aws:principaltag/team': ['ops'], 's3:prefix': ['alice/x'] }
  assert.ok(matchesResource(`${BUCKET}/\${aws:username}/*`, `${BUCKET}/alice/a`, values))
  assert.ok(!matchesResource(`${BUCKET}/\${aws:username}/*`, `${BUCKET}/bob/a`, values))
  const conditionHolds = (condition: object): boolean =>
    applies({ Condition: condition }, { conditions: conditions(values) })
  assert.ok(conditionHolds({ StringLike: { 's3:prefix': '${aws:username}/*' } }))
  assert.ok(!conditionHolds({ StringLike: { 's3:prefix': '${aws:PrincipalTag/team}/*' } }))
  assert.ok(conditionHolds({ StringEquals: { 's3:prefix': '${AWS:UserName}/x' } }))
  assert.ok(conditionHolds({ StringEqualsIgnoreCase: { 'aws:username': '${aws:username}' } }))
})

test('in a document of the older version a variable is literal text', () => {
  const values = { 'aws:username': ['alice'] }
  assert.ok(!matchesResource(`${BUCKET}/\${aws:username}`, `${BUCKET}/alice`, values, '2008-10-17'))
  assert.ok(matchesResource(`${BUCKET}/\${aws:username}`, `${BUCKET}/\${aws:username}`, values, '2008-10-17'))
  for (const operator of ['StringEquals', 'StringLike']) {
    const statement = { Condition: { [operator]: { 's3:prefix': '${aws:username}' } } }
    const matches = (prefix: string): boolean =>
      applies(statement, { conditions: conditions({ ...values, 's3:prefix': [prefix] }) }, '2008-10-17')
    assert.ok(!matches('alice'), operator)
    assert.ok(matches('${aws:username}'), operator)
  }
})

test('other operators know no variables', () => {
  const statement = { Condition: { NumericEquals: { 'kms:RotationPeriodInDays': '${aws:epochtime}' } } }
  assert.throws(() => applies(statement))
})

test('a fallback replaces a missing value, but not several values', () => {
  const pattern = `${BUCKET}/\${aws:username, 'none'}`
  assert.ok(matchesResource(pattern, `${BUCKET}/none`, {}))
  assert.ok(!matchesResource(pattern, `${BUCKET}/none`, { 'aws:username': ['alice'] }))
  assert.ok(!matchesResource(pattern, `${BUCKET}/none`, { 'aws:username': ['alice', 'bob'] }))
})

test('a value that is missing or double matches nothing, beside values that match', () => {
  const patterns = [`${BUCKET}/\${aws:username}`, `${BUCKET}/public`]
  for (const found of [undefined, ['', ''], []]) {
    const given = { conditions: conditions(found === undefined ? {} : { 'aws:username': found }) }
    assert.ok(!applies({ Resource: patterns }, { ...given, resource: `${BUCKET}/` }))
    assert.ok(applies({ Resource: patterns }, { ...given, resource: `${BUCKET}/public` }))
    assert.ok(!applies({ Effect: 'Deny', Resource: patterns }, { ...given, resource: `${BUCKET}/x` }))
  }
})

test('an exception that cannot be told is no exception from a Deny, and voids an Allow', () => {
  const exception = { NotResource: `${BUCKET}/\${aws:username}`, Resource: undefined }
  const given = { resource: `${BUCKET}/x` }
  assert.ok(!applies(exception, given))
  assert.ok(applies({ ...exception, Effect: 'Deny' }, given))
  const alice = { ...given, conditions: conditions({ 'aws:username': ['alice'] }) }
  assert.ok(applies(exception, alice))
  assert.ok(!applies({ ...exception, Effect: 'Deny' }, { ...alice, resource: `${BUCKET}/alice` }))
})

test('a negated operator with a variable that has no value voids an Allow and lets a Deny apply', () => {
  const given = { conditions: conditions({ 's3:prefix': ['x'] }) }
  for (const [operator, wanted] of [
    ['StringNotEquals', '${aws:username}'],
    ['StringNotEquals', ['a', '${aws:username}']],
    ['StringNotLike', '${aws:username}/*'],
    ['ForAnyValue:StringNotLike', '${aws:username}/*'],
    ['ArnNotEquals', '${aws:SourceArn}'],
  ] as const) {
    const statement = { Condition: { [operator]: { 's3:prefix': wanted } } }
    assert.ok(!applies(statement, given), operator)
    assert.ok(applies({ ...statement, Effect: 'Deny' }, given), operator)
  }
})

test('a value is never a pattern', () => {
  const values = fc.string({ unit: fc.constantFrom('a', '*', '?', '$', '{', '}', ':'), minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(values, values, (value, other) => {
      const given = { conditions: conditions({ 'aws:username': [value], 's3:prefix': [`<${other}>`] }) }
      for (const operator of ['StringLike', 'StringEquals']) {
        const statement = { Condition: { [operator]: { 's3:prefix': '<${aws:username}>' } } }
        assert.equal(applies(statement, given), value === other, `${operator} ${value} ${other}`)
      }
      const matched = matchesResource(`${BUCKET}/<\${aws:username}>*`, `${BUCKET}/<${other}>`, {
        'aws:username': [value],
      })
      assert.equal(matched, value === other)
    }),
    { numRuns: 500 },
  )
})

test('a value between wildcards is found as it is', () => {
  const values = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(values, fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 }), (value, found) => {
      const given = { conditions: conditions({ 'aws:username': [value], 's3:prefix': [found] }) }
      const statement = { Condition: { StringLike: { 's3:prefix': '*${aws:username}*' } } }
      assert.equal(applies(statement, given), found.includes(value))
    }),
  )
})
