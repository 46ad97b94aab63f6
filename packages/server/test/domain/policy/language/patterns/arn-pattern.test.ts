import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arns } from '../../../../../src/domain/policy/language/conditions/comparators.ts'
import { prepareParsed } from '../../../../../src/domain/policy/language/conditions/wanted.ts'
import { Work } from '../../../../../src/domain/policy/language/patterns/work.ts'
import { conditions } from '../support.ts'

function matches(pattern: string, text: string, values: Record<string, string[]> = {}): boolean {
  const prepared = prepareParsed(arns, pattern, true)
  const scope = { conditions: conditions(values), work: new Work() }
  const wanted = 'constant' in prepared ? prepared.constant : prepared.resolve(scope)
  return wanted?.matches(text, scope.work) ?? false
}

const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/ab'

test('an ARN pattern is matched segment by segment', () => {
  for (const pattern of [
    ARN,
    'arn:*:kms:*:111122223333:key/ab',
    'arn:aws:kms:eu-*-1:1111*:key/*',
    'arn:aws:kms:*:*:*',
    'arn:aws:kms:eu-central-1:111122223333:k*b',
    'arn:a?s:kms:eu-central-?:111122223333:key/?b',
  ]) {
    assert.ok(matches(pattern, ARN), pattern)
  }
  for (const pattern of [
    ARN.toUpperCase().replace('ARN', 'arn'),
    'arn:aws:kms:*:444455556666:key/ab',
    'arn:aws:kms:eu-central-1:111122223333:key/?',
    'arn:aws:kms:eu-central-1:111122223333:alias/*',
    'arn:aws:kms::111122223333:key/ab',
  ]) {
    assert.ok(!matches(pattern, ARN), pattern)
  }
})

test('a wildcard in one of the first five segments does not take in its neighbour', () => {
  // The example of the IAM User Guide, "ARN condition operators".
  const text = 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt'
  assert.ok(!matches('arn:aws:someservice:*:111122223333:finance/*', text))
  assert.ok(matches('arn:aws:someservice:*:*:store/*:finance/*', text))
})

test('the last segment may have colons', () => {
  assert.ok(matches('arn:aws:logs:*:*:group:*:x', 'arn:aws:logs:a:1:group:b:c:x'))
  assert.ok(matches('arn:aws:logs:a:1:group:b', 'arn:aws:logs:a:1:group:b'))
  assert.ok(!matches('arn:aws:logs:a:1:group', 'arn:aws:logs:a:1:group:b'))
})

test('fewer segments are enough when a star ends them', () => {
  for (const pattern of ['*', 'arn:*', 'arn:aws:kms:*', 'arn:aws:kms:eu-*', 'arn:aws:kms:eu-central-1:*']) {
    assert.ok(matches(pattern, ARN), pattern)
  }
  for (const pattern of ['arn:aws:s3:*', 'arn:aws-cn:*', 'arn:aws:kms:us-*']) assert.ok(!matches(pattern, ARN), pattern)
})

test('what is no pattern of ARNs is refused', () => {
  for (const pattern of ['', 'arn', 'x:*', 'arn:aws:kms', 'arn:aws:kms:eu:1:', 'a*', '?', '**x', '*:kms:a:b:c:d']) {
    assert.equal(arns.prepare(pattern, true), undefined, pattern)
  }
})

test('what is no ARN is matched by nothing, not even by a star', () => {
  for (const text of ['', '*', 'arn', 'arn:aws:kms', 'key/ab', 'x:aws:kms:eu:1:key/ab'])
    assert.ok(!matches('*', text), text)
})

test('a value with a colon in it moves nothing into another segment', () => {
  const values = { 'aws:principaltag/region': ['eu:999999999999:topic'] }
  const pattern = 'arn:aws:sns:${aws:PrincipalTag/region}:111122223333:*'
  assert.ok(!matches(pattern, 'arn:aws:sns:eu:999999999999:topic:111122223333:x', values))
  const exact = pattern.replace('*', 'x')
  assert.ok(!matches(exact, 'arn:aws:sns:eu:999999999999:topic:111122223333:x', values))
  assert.ok(matches(pattern, 'arn:aws:sns:eu:111122223333:x', { 'aws:principaltag/region': ['eu'] }))
})

test('a variable alone is an ARN, and its wildcards are none', () => {
  assert.ok(matches('${aws:SourceArn}', ARN, { 'aws:sourcearn': [ARN] }))
  for (const value of ['*', 'arn:aws:kms:*:*:*', ARN.replace('ab', '*'), 'no arn'])
    assert.ok(!matches('${aws:SourceArn}', ARN, { 'aws:sourcearn': [value] }), value)
})

test('any ARN matches itself and, with a star in a segment, still', () => {
  const segment = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', '/'), minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.tuple(segment, segment, segment, segment, segment), fc.nat(4), (segments, index) => {
      const text = `arn:${segments.join(':')}`
      const pattern = `arn:${segments.with(index, '*').join(':')}`
      assert.ok(matches(text, text))
      assert.ok(matches(pattern, text))
      assert.ok(!matches(pattern, `${text}:x`) || index === 4)
    }),
  )
})
