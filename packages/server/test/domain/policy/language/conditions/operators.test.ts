import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOperator } from '../../../../../src/domain/policy/language/conditions/operators.ts'
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

test('the numeric operators compare numbers', () => {
  check([
    ['NumericEquals', '10', '10.0', true],
    ['NumericEquals', 10, '11', false],
    ['NumericNotEquals', 10, '10', false],
    ['NumericNotEquals', 10, '9', true],
    ['NumericNotEquals', 10, 'ten', false],
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
    ['DateNotEquals', noon, 'noon', false],
    ['DateEquals', noon, `${Date.parse(noon) / 1000}.0`, true],
    ['DateLessThan', noon, `${Date.parse(noon) / 1000}.5`, false],
    ['DateGreaterThan', noon, `${Date.parse(noon) / 1000}.5`, true],
    ['DateGreaterThan', `${Date.parse(noon) / 1000}.057`, '2026-06-01T12:00:00.057Z', false],
    ['DateEquals', `${Date.parse(noon) / 1000}.057`, '2026-06-01T12:00:00.057Z', true],
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
    ['NotIpAddress', '0.0.0.0/0', 'AWS Internal', false],
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
      [`ArnNot${name}`, 'arn:aws:sns:*:*:*', 'topic', false],
    ])
  }
})

test('a value that an operator cannot read satisfies no Allow, and every Deny', () => {
  const rows: [operator: string, wanted: string, unreadable: string][] = [
    ['Numeric', '10', 'ten'],
    ['Numeric', '10', '1e1'],
    ['Numeric', '10', ''],
    ['Date', '2026-06-01', 'noon'],
    ['Date', '2026-06-01', '2026-06-31'],
    ['Bool', 'true', 'yes'],
    ['BinaryEquals', 'QQ==', 'QQ'],
    ['IpAddress', '0.0.0.0/0', 'AWS Internal'],
    ['Arn', 'arn:aws:sns:*:*:*', 'topic'],
    ['Arn', 'arn:aws:sns:*:*:*', 'arn:aws:sns:a:1'],
  ]
  const twins: Record<string, string[]> = {
    Numeric: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'],
    Date: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'],
    Arn: ['Equals', 'NotEquals', 'Like', 'NotLike'],
  }
  for (const [family, wanted, unreadable] of rows) {
    const names =
      family === 'IpAddress' ? [family, 'NotIpAddress'] : (twins[family]?.map((end) => family + end) ?? [family])
    for (const name of names.flatMap((one) => [one, `${one}IfExists`, `ForAnyValue:${one}`, `ForAllValues:${one}`])) {
      assert.equal(holds(name, wanted, [unreadable], 'Allow'), false, `Allow ${name} on ${unreadable}`)
      assert.equal(holds(name, wanted, [unreadable], 'Deny'), true, `Deny ${name} on ${unreadable}`)
    }
  }
})

test('a value that cannot be read decides no more than it must: another one may', () => {
  for (const [operator, found, allow, deny] of [
    ['ForAnyValue:NumericEquals', ['ten', '10'], true, true],
    ['ForAnyValue:NumericEquals', ['ten', '11'], false, true],
    ['ForAllValues:NumericEquals', ['10', 'ten'], false, true],
    ['ForAllValues:NumericEquals', ['11', 'ten'], false, false],
  ] as const) {
    assert.equal(holds(operator, '10', found, 'Allow'), allow, `Allow ${operator} ${found}`)
    assert.equal(holds(operator, '10', found, 'Deny'), deny, `Deny ${operator} ${found}`)
  }
})

test('Null calls a parameter absent that is left to its default, and every other operator sees the default', () => {
  const values = { ...conditions({ 'kms:expirationmodel': ['KEY_MATERIAL_EXPIRES'] }), isByDefault: () => true }
  const asked = (operator: string, wanted: string): boolean =>
    applies({ Condition: { [operator]: { 'kms:ExpirationModel': wanted } } }, { conditions: values })
  assert.deepEqual([asked('Null', 'true'), asked('Null', 'false')], [true, false])
  assert.deepEqual(
    [asked('StringEquals', 'KEY_MATERIAL_EXPIRES'), asked('StringNotEquals', 'KEY_MATERIAL_EXPIRES')],
    [true, false],
  )
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
