import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holds } from '../support.ts'

const VALUES: Readonly<Record<string, string>> = {
  String: 'a',
  Numeric: '1',
  Date: '2026-01-01',
  Arn: 'arn:aws:sns:a:1:b',
  Ip: '192.0.2.1',
}
const POSITIVE = ['StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ArnEquals', 'ArnLike', 'IpAddress']
const ORDERS = ['Equals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']
const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
}

function valueFor(operator: string): string {
  return VALUES[/String|Numeric|Date|Arn|Ip/.exec(operator)?.[0] ?? ''] ?? ''
}

test('a missing key fails positive operators, satisfies negated ones and every IfExists', () => {
  const positive = [...POSITIVE, ...ORDERS.flatMap((order) => [`Numeric${order}`, `Date${order}`])]
  for (const effect of ['Allow', 'Deny'] as const) {
    for (const operator of [...positive, ...Object.keys(NEGATED)]) {
      const negated = operator in NEGATED
      assert.equal(holds(operator, valueFor(operator), undefined, effect), negated, operator)
      assert.equal(holds(`${operator}IfExists`, valueFor(operator), undefined, effect), true, operator)
      assert.equal(holds(`ForAllValues:${operator}`, valueFor(operator), undefined, effect), true, operator)
      assert.equal(holds(`ForAnyValue:${operator}`, valueFor(operator), undefined, effect), false, operator)
      assert.equal(holds(`ForAnyValue:${operator}IfExists`, valueFor(operator), undefined, effect), true, operator)
    }
  }
})

test('a key that is there is looked at with IfExists too', () => {
  assert.ok(holds('StringEqualsIfExists', 'a', ['a']))
  assert.ok(!holds('StringEqualsIfExists', 'a', ['b']))
  assert.ok(!holds('BoolIfExists', true, ['false']))
  assert.ok(!holds('NotIpAddressIfExists', '192.0.2.1', ['192.0.2.1']))
})

test('a key without values satisfies no Allow, and is like a missing one in a Deny', () => {
  for (const [operator, allow, deny] of [
    ['StringEquals', false, false],
    ['StringNotEquals', false, true],
    ['StringEqualsIfExists', false, true],
    ['ForAllValues:StringEquals', true, true],
    ['ForAllValues:StringNotEquals', true, true],
    ['ForAnyValue:StringEquals', false, false],
    ['ForAnyValue:StringNotEquals', false, false],
  ] as const) {
    assert.equal(holds(operator, 'a', [], 'Allow'), allow, operator)
    assert.equal(holds(operator, 'a', [], 'Deny'), deny, operator)
  }
})

test('of several values all must allow, and one denies', () => {
  for (const [operator, found, allow, deny] of [
    ['StringEquals', ['a', 'a'], true, true],
    ['StringEquals', ['a', 'b'], false, true],
    ['StringEquals', ['b', 'a'], false, true],
    ['StringEquals', ['b', 'c'], false, false],
    ['StringNotEquals', ['b', 'c'], true, true],
    ['StringNotEquals', ['a', 'b'], false, true],
    ['StringNotEquals', ['a', 'a'], false, false],
  ] as const) {
    assert.equal(holds(operator, 'a', found, 'Allow'), allow, `${operator} ${found}`)
    assert.equal(holds(operator, 'a', found, 'Deny'), deny, `${operator} ${found}`)
  }
})

test('ForAllValues wants all values among those of the document, ForAnyValue one of them', () => {
  for (const [operator, wanted, found, expected] of [
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'd'], false],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'c'], true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
    ['ForAnyValue:StringLike', ['x*'], ['a', 'xy'], true],
    ['ForAllValues:NumericLessThan', [5], ['1', '6'], false],
  ] as const) {
    for (const effect of ['Allow', 'Deny'] as const)
      assert.equal(holds(operator, wanted, found, effect), expected, `${operator} ${wanted} ${found}`)
  }
})

test('a negated operator in an Allow is the opposite of its twin in a Deny, on every value and under every set operator', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 3 }),
    fc.constantFrom('a', 'A', '1', '1.0', '192.0.2.1', 'arn:aws:sns:a:1:b'),
  )
  const found = fc.array(value, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...Object.entries(NEGATED)), found, ([negated, twin], found) => {
      const wanted = valueFor(negated)
      // Not all are unlike exactly when one is like, and the reverse. What cannot be read counts against the caller.
      for (const [one, other] of [
        ['Allow', 'Deny'],
        ['Deny', 'Allow'],
      ] as const) {
        const [all, any] = ['ForAllValues', 'ForAnyValue']
        assert.notEqual(holds(`${all}:${negated}`, wanted, found, one), holds(`${any}:${twin}`, wanted, found, other))
        assert.notEqual(holds(`${any}:${negated}`, wanted, found, one), holds(`${all}:${twin}`, wanted, found, other))
      }
      // Without a set operator, effects stand for the two.
      assert.notEqual(holds(negated, wanted, found, 'Allow'), holds(twin, wanted, found, 'Deny'))
      assert.notEqual(holds(negated, wanted, found, 'Deny'), holds(twin, wanted, found, 'Allow'))
    }),
    { numRuns: 400 },
  )
})

test('one value is compared alike under every set operator, with IfExists, and under both effects', () => {
  const operators = [...POSITIVE, ...Object.keys(NEGATED), ...ORDERS.map((order) => `Numeric${order}`)]
  const value = fc.constantFrom('a', 'b', '0', '1', '2', '192.0.2.1', 'arn:aws:sns:a:1:b', '')
  fc.assert(
    fc.property(fc.constantFrom(...operators), value, (operator, found) => {
      const wanted = valueFor(operator)
      const plain = holds(operator, wanted, [found])
      for (const name of [`${operator}IfExists`, `ForAllValues:${operator}`, `ForAnyValue:${operator}`])
        assert.equal(holds(name, wanted, [found]), plain, name)
      const denies = holds(operator, wanted, [found], 'Deny')
      if (operator.startsWith('String')) assert.equal(denies, plain)
      // A value that the operator cannot read denies, and allows nothing.
      else assert.ok(denies || !plain, `${operator} ${found}`)
    }),
  )
})

test('more values in a document widen a positive operator and narrow a negated one', () => {
  const value = fc.constantFrom('a', 'b', 'c', 'd')
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), value, value, (wanted, more, found) => {
      if (holds('StringEquals', wanted, [found])) assert.ok(holds('StringEquals', [...wanted, more], [found]))
      if (holds('StringNotEquals', [...wanted, more], [found])) assert.ok(holds('StringNotEquals', wanted, [found]))
    }),
  )
})
