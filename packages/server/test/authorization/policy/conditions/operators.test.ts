import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOperator } from '../../../../src/authorization/policy/conditions/operators.ts'
import { applies, conditions, holds } from '../support.ts'

type Row = [operator: string, wanted: unknown, found: string, expected: boolean]

function check(rows: readonly Row[]): void {
  for (const [operator, wanted, found, expected] of rows)
    assert.equal(holds(operator, wanted, [found]), expected, `${operator} ${JSON.stringify(wanted)} on ${found}`)
}

test('StringEquals compares whole texts, case included, and knows no wildcards', () => {
  check([
    ['StringEquals', 'abc', 'abc', true],
    ['StringEquals', 'abc', 'Abc', false],
    ['StringEquals', 'abc', 'abcd', false],
    ['StringEquals', ['x', 'abc'], 'abc', true],
    ['StringEquals', '', '', true],
    ['StringEquals', 'a*', 'abc', false],
    ['StringEquals', 'a*', 'a*', true],
    ['StringEquals', '${*}${?}', '*?', true],
    ['StringEquals', true, 'true', true],
    ['StringEquals', 12.5, '12.5', true],
    ['StringNotEquals', 'abc', 'abc', false],
    ['StringNotEquals', 'abc', 'Abc', true],
    ['StringNotEquals', ['x', 'abc'], 'abc', false],
    ['StringNotEquals', ['x', 'y'], 'abc', true],
  ])
})

test('the IgnoreCase twins compare folded texts', () => {
  check([
    ['StringEqualsIgnoreCase', 'aBc', 'AbC', true],
    ['StringEqualsIgnoreCase', 'ÄÖ', 'äö', true],
    ['StringEqualsIgnoreCase', 'abc', 'abd', false],
    ['StringEqualsIgnoreCase', 'a*', 'abc', false],
    ['StringNotEqualsIgnoreCase', 'aBc', 'AbC', false],
    ['StringNotEqualsIgnoreCase', 'aBc', 'x', true],
  ])
})

test('StringLike matches patterns', () => {
  check([
    ['StringLike', 'a*c', 'abbc', true],
    ['StringLike', 'a?c', 'abbc', false],
    ['StringLike', 'a*c', 'aBC', false],
    ['StringLike', '*', '', true],
    ['StringLike', 'a${*}c', 'abc', false],
    ['StringLike', 'a${*}c', 'a*c', true],
    ['StringLike', ['x', 'b*'], 'bc', true],
    ['StringNotLike', 'a*c', 'abbc', false],
    ['StringNotLike', ['x', 'b*'], 'c', true],
  ])
})

test('the numeric operators compare numbers, and no number satisfies none but the negated one', () => {
  check([
    ['NumericEquals', '10', '10.0', true],
    ['NumericEquals', 10, '11', false],
    ['NumericNotEquals', 10, '10', false],
    ['NumericNotEquals', 10, '9', true],
    ['NumericNotEquals', 10, 'ten', true],
    ['NumericLessThan', 10, '9.99', true],
    ['NumericLessThan', 10, '10', false],
    ['NumericLessThan', 10, 'nine', false],
    ['NumericLessThanEquals', 10, '10', true],
    ['NumericLessThanEquals', 10, '10.01', false],
    ['NumericGreaterThan', 10, '10.01', true],
    ['NumericGreaterThan', 10, '10', false],
    ['NumericGreaterThan', 10, '9', false],
    ['NumericGreaterThanEquals', 10, '10', true],
    ['NumericGreaterThanEquals', -10, '-11', false],
    ['NumericGreaterThanEquals', 0, '', false],
    ['NumericEquals', '9007199254740993', '9007199254740992', false],
  ])
})

test('the date operators compare moments, however they are written', () => {
  const noon = '2026-06-01T12:00:00Z'
  check([
    ['DateEquals', noon, '2026-06-01T14:00:00+02:00', true],
    ['DateEquals', noon, String(Date.parse(noon) / 1000), true],
    ['DateEquals', noon, '2026-06-01T12:00:01Z', false],
    ['DateNotEquals', noon, noon, false],
    ['DateNotEquals', noon, 'noon', true],
    ['DateLessThan', noon, '2026-06-01', true],
    ['DateLessThan', noon, noon, false],
    ['DateLessThanEquals', noon, noon, true],
    ['DateLessThanEquals', noon, '2026-06-02', false],
    ['DateGreaterThan', noon, '2026-06-01T12:00:00.001Z', true],
    ['DateGreaterThan', noon, noon, false],
    ['DateGreaterThan', noon, 'tomorrow', false],
    ['DateGreaterThanEquals', noon, noon, true],
    ['DateGreaterThanEquals', noon, '2026', false],
    ['DateGreaterThan', '2026', '1700000000', false],
  ])
})

test('Bool and BinaryEquals compare what is meant', () => {
  check([
    ['Bool', 'true', 'true', true],
    ['Bool', true, 'TRUE', true],
    ['Bool', 'False', 'false', true],
    ['Bool', false, 'true', false],
    ['Bool', false, '0', false],
    ['Bool', false, '', false],
    ['BinaryEquals', 'QUJD', 'QUJD', true],
    ['BinaryEquals', 'QUJD', 'QUJE', false],
    ['BinaryEquals', 'QQ==', 'QR==', false],
  ])
})

test('the address operators look at blocks', () => {
  check([
    ['IpAddress', '203.0.113.0/24', '203.0.113.9', true],
    ['IpAddress', ['203.0.113.0/24', '2001:db8::/32'], '2001:db8::9', true],
    ['IpAddress', '203.0.113.0/24', '203.0.114.9', false],
    ['IpAddress', '0.0.0.0/0', 'AWS Internal', false],
    ['NotIpAddress', '203.0.113.0/24', '203.0.113.9', false],
    ['NotIpAddress', '203.0.113.0/24', '203.0.114.9', true],
    ['NotIpAddress', '203.0.113.0/24', '::ffff:203.0.113.9', false],
    ['NotIpAddress', '0.0.0.0/0', 'AWS Internal', true],
  ])
})

test('the ARN operators match segments, and Equals is the same as Like', () => {
  const found = 'arn:aws:sns:eu-central-1:111122223333:topic'
  for (const name of ['Equals', 'Like']) {
    check([
      [`Arn${name}`, found, found, true],
      [`Arn${name}`, 'arn:aws:sns:*:111122223333:t*c', found, true],
      [`Arn${name}`, 'arn:aws:sns:*:444455556666:*', found, false],
      [`Arn${name}`, '*', 'topic', false],
      [`ArnNot${name}`, 'arn:aws:sns:*:111122223333:t*c', found, false],
      [`ArnNot${name}`, 'arn:aws:sns:*:444455556666:*', found, true],
      [`ArnNot${name}`, 'arn:aws:sns:*:*:*', 'topic', true],
    ])
  }
})

test('Null asks whether a key is there, and a key without values is not', () => {
  for (const [wanted, found, expected] of [
    ['true', undefined, true],
    [true, [], true],
    ['true', ['x'], false],
    ['false', undefined, false],
    [false, [], false],
    ['false', [''], true],
    [['true', 'false'], undefined, true],
    [['true', 'false'], ['x'], true],
  ] as const) {
    assert.equal(holds('Null', wanted, found), expected, `${wanted} ${found}`)
    assert.equal(holds('Null', wanted, found, 'Deny'), expected, `${wanted} ${found}`)
  }
})

test('several operators and several keys must all hold', () => {
  const values = conditions({ 'aws:username': ['alice'], 'kms:viaservice': ['ebs'] })
  const both = { StringEquals: { 'aws:username': 'alice', 'kms:ViaService': 'ebs' } }
  assert.ok(applies({ Condition: both }, { conditions: values }))
  assert.ok(
    !applies({ Condition: { StringEquals: { ...both.StringEquals, 'aws:username': 'bob' } } }, { conditions: values }),
  )
  assert.ok(!applies({ Condition: { ...both, StringLike: { 'aws:username': 'b*' } } }, { conditions: values }))
  assert.ok(applies({ Condition: { ...both, StringLike: { 'aws:username': 'a*' } } }, { conditions: values }))
})

test('names of keys are compared without regard to case', () => {
  const values = conditions({ 'kms:encryptioncontext:volume': ['v1'] })
  for (const key of ['kms:EncryptionContext:Volume', 'KMS:ENCRYPTIONCONTEXT:VOLUME', 'kms:encryptioncontext:volume'])
    assert.ok(applies({ Condition: { StringEquals: { [key]: 'v1' } } }, { conditions: values }), key)
})

test('there are no other operators', () => {
  const names = ['', 'stringequals', 'StringMatches', 'NotBool', 'NullIfExists', 'ForAllValues:Null', 'IfExists']
  const prefixed = ['ForAllvalues:StringEquals', 'ForNoValues:StringEquals', ':StringEquals', 'ForAnyValue:', 'Bool ']
  for (const name of [...names, ...prefixed, 'toString', 'StringEqualsIfExistsIfExists', '__proto__'])
    assert.equal(parseOperator(name), undefined, name)
})
