import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formText, parameterOf, parseForm } from '../../src/codec/form.ts'
import { ServiceError } from '../../src/errors.ts'
import { computingMs } from '../../../../tools/testing/computing.ts'

const encoder = new TextEncoder()
const parse = (text: string) => [...parseForm(formText(encoder.encode(text)))]
const isRefusal = (error: unknown): boolean => error instanceof ServiceError && error.code === 'MalformedQueryString'

test('a form is names and values: a plus is a space, %XX is a byte of UTF-8', () => {
  assert.deepEqual(parse('Action=CreateUser&UserName=a%2Bb+c&Path=%2Fd%C3%A9%F0%9F%98%80%2F'), [
    ['Action', 'CreateUser'],
    ['UserName', 'a+b c'],
    ['Path', '/dé😀/'],
  ])
})

test('a value may be absent or hold equals signs; an empty parameter says nothing', () => {
  assert.deepEqual(parse(''), [])
  assert.deepEqual(parse('&&a&b=&c=d=e&'), [
    ['a', ''],
    ['b', ''],
    ['c', 'd=e'],
  ])
})

test('names that objects have already are names like any other', () => {
  assert.deepEqual(parse('__proto__=a&constructor=b'), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ])
  assert.equal(({} as Record<string, unknown>)['a'], undefined)
})

test('one parameter is found without a look at the others', () => {
  const text = 'Action=CreateUser&XAction=no&Path=%2Fa&Broken=%zz&Version=v'
  assert.deepEqual(
    ['Action', 'Version', 'Path', 'Action2', 'ction', 'v'].map((name) => parameterOf(text, name)),
    ['CreateUser', 'v', '/a', undefined, undefined, undefined],
  )
  assert.throws(() => parameterOf(text, 'Broken'), isRefusal)
})

const REFUSED: Readonly<Record<string, string>> = {
  'a name that occurs twice': 'a=1&b=2&a=1',
  'a name that occurs twice, spelled differently': 'a=1&%61=2',
  'a percent sign that encodes nothing': 'a=%',
  'a percent sign before no hexadecimal digits': 'a=%zz',
  'a percent sign in a name': 'a%=1',
  'a byte that begins nothing in UTF-8': 'a=%ff',
  'a character that is cut off': 'a=%C3',
  'a surrogate in UTF-8': 'a=%ED%A0%80',
  'an overlong spelling': 'a=%C0%AF',
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`${what} is refused`, () => assert.throws(() => parse(text), isRefusal))
}

test('bytes that are not UTF-8 are refused, and all that are, are read, a byte order mark among them', () => {
  assert.throws(() => formText(Uint8Array.of(0x61, 0x3d, 0xff)), isRefusal)
  assert.deepEqual(parse('a=é'), [['a', 'é']])
  assert.deepEqual(parse('\ufeffa=1'), [['\ufeffa', '1']])
})

test('no refusal quotes the form', () => {
  assert.throws(
    () => parse('SecretAccessKey=hunter2%'),
    (error) => error instanceof Error && !/hunter2/.test(error.message) && error.cause === undefined,
  )
})

test('a thousand parameters are read, and one more is refused however long the rest is', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=`).join('&')
  assert.equal(parse(many(1000)).length, 1000)
  assert.throws(() => parse(many(1001)), isRefusal)
  const spentMs = computingMs(() => assert.throws(() => parse('&'.repeat(1_000_000)), isRefusal))
  assert.ok(spentMs < 500, `${spentMs} ms`)
})

test('what URLSearchParams writes is read as it was meant', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name }), (pairs) => {
      assert.deepEqual(parse(String(new URLSearchParams(pairs))), pairs)
    }),
  )
})
