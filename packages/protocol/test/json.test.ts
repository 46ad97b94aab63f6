import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseJson } from '../src/json.ts'
import type { JsonValue } from '../src/json.ts'

const encoder = new TextEncoder()
const parse = (text: string): JsonValue => parseJson(encoder.encode(text))

/** A copy without prototypes, as our parser makes them. */
function bare(value: unknown): unknown {
  if (Object.is(value, -0)) return 0 // which is how JSON.stringify writes it
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(bare)
  const copy = Object.create(null) as Record<string, unknown>
  for (const [name, part] of Object.entries(value)) copy[name] = bare(part)
  return copy
}

/** What JSON.parse makes of a document. It is no judge of names with escapes: see the test of V8's mistake below. */
function reference(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.assign(Object.create(null) as object, value)
      : value,
  )
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

test('parses every value that JSON.stringify can write', () => {
  const value = fc.jsonValue({ stringUnit: 'binary', depthSize: 'medium' })
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, '\t'), (source, space) => {
      fc.pre(depthOf(source) <= 32)
      assert.deepEqual(parse(JSON.stringify(source, undefined, space)), bare(source))
    }),
    { numRuns: 2000 },
  )
})

test('reads names with escapes that V8’s own parser confuses', () => {
  // V8 13.6 to 14.6 (nodejs/node#63785): having seen a name `\\`, JSON.parse may read the name `\"` as `\\`, and two
  // encryption contexts become one. Whether this runtime does it does not matter: parseJson must not.
  parse(String.raw`{"h":[],"\\":0}`)
  JSON.parse(String.raw`{"h":[],"\\":0}`)
  assert.deepEqual(parse(String.raw`{"h":1,"\"":2,"\\":3}`), bare({ h: 1, '"': 2, '\\': 3 }))
  assert.deepEqual(parse(String.raw`{"h":1,"\n":2,"\r":3}`), bare({ h: 1, '\n': 2, '\r': 3 }))
})

test('parses documents with white space and escapes as JSON.parse does', () => {
  const escaped = fc.constantFrom(
    String.raw`"\u0041\n\"\\\/\b\f\r\t"`,
    String.raw`"\ud83d\ude00"`,
    '"\u007f é 日 😀"',
    '""',
  )
  const number = fc.constantFrom('0', '-0', '1e3', '1E+3', '-1.5e-7', '123456789012345678901234567890', '1e999', '0.1')
  const space = fc.constantFrom('', ' ', '\t', '\r\n', '  \n')
  const scalar = fc.oneof(escaped, number, fc.constantFrom('true', 'false', 'null'))
  const document = fc
    .array(fc.tuple(space, scalar, space), { minLength: 1 })
    .map((parts) => `[${parts.map((part) => part.join('')).join(',')}]`)
  fc.assert(fc.property(document, (text) => assert.deepEqual(parse(text), reference(text))))
})

test('accepts nothing that JSON.parse refuses', () => {
  const base = '{"b":{"c":"d"},"a":[1,-2.5e3,true,null,"x\\n"]}'
  const mutation = fc.tuple(fc.nat(base.length), fc.nat(2), fc.string({ unit: 'binary-ascii', maxLength: 2 }))
  fc.assert(
    fc.property(mutation, ([at, removed, added]) => {
      const text = base.slice(0, at) + added + base.slice(at + removed)
      let expected: unknown
      try {
        expected = reference(text)
      } catch {
        assert.throws(() => parse(text), SyntaxError)
        return
      }
      if (/\\[^]*"\s*:/.test(text)) return // an escape before the end of a name
      try {
        assert.deepEqual(parse(text), expected)
      } catch (error) {
        assert.match(String(error), /duplicate member name|lone surrogate/) // what is stricter on purpose
      }
    }),
    { numRuns: 20_000 },
  )
})

const REFUSED: Record<string, string> = {
  'nothing at all': '',
  'white space only': ' \n',
  'a byte order mark': '\uFEFF{}',
  'text after the value': '{} {}',
  'a trailing comma in an object': '{"a":1,}',
  'a trailing comma in an array': '[1,]',
  'a missing comma': '[1 2]',
  'a missing colon': '{"a" 1}',
  'a name without quotes': '{a:1}',
  'single quotes': "{'a':1}",
  'an unfinished object': '{"a":1',
  'an unfinished string': '"abc',
  'a string that ends in its own escape': String.raw`"abc\"`,
  'an unknown escape': String.raw`"\x41"`,
  'a short unicode escape': String.raw`"\u12"`,
  'a raw control character': '"a\nb"',
  'a raw control character after an escape': '"\\t\u0001"',
  'a leading zero': '01',
  'a plus sign': '+1',
  'a bare fraction': '.5',
  'a fraction without digits': '1.',
  'an exponent without digits': '1e',
  'a minus sign alone': '-',
  hexadecimal: '0x10',
  NaN: 'NaN',
  'a literal in capitals': 'True',
  'a comment': '{} // x',
  'a Unicode space': '\u00a0{}',
}

for (const [name, text] of Object.entries(REFUSED)) {
  test(`refuses ${name}`, () => assert.throws(() => parse(text), SyntaxError))
}

for (const text of [
  '{"a":1,"a":2}',
  String.raw`{"a":1,"\u0061":2}`,
  '{"x":{"a":null,"a":null}}',
  '{"__proto__":1,"__proto__":2}',
]) {
  test(`refuses duplicate names: ${text}`, () => assert.throws(() => parse(text), /duplicate member name/))
}

for (const text of [
  String.raw`"\ud800"`,
  String.raw`"\udc00x"`,
  String.raw`"\ude00\ud83d"`,
  String.raw`{"\ud800":1}`,
]) {
  test(`refuses lone surrogates: ${text}`, () => assert.throws(() => parse(text), /lone surrogate/))
}

const ILL_FORMED: Record<string, number[]> = {
  'a stray continuation byte': [0x22, 0x80, 0x22],
  'an overlong form': [0x22, 0xc0, 0xaf, 0x22],
  'an encoded surrogate': [0x22, 0xed, 0xa0, 0x80, 0x22],
  'a truncated sequence': [0x22, 0xe2, 0x82],
  'a code point beyond Unicode': [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
  'UTF-16': [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00],
}

for (const [name, bytes] of Object.entries(ILL_FORMED)) {
  test(`refuses ${name}`, () => assert.throws(() => parseJson(Uint8Array.from(bytes)), /UTF-8/))
}

test('accepts nesting of 32 and refuses 33, in arrays, objects and both', () => {
  const arrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const objects = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  const both = (depth: number) => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2)
  for (const nest of [arrays, objects]) {
    assert.doesNotThrow(() => parse(nest(32)))
    assert.throws(() => parse(nest(33)), /nesting deeper than 32/)
  }
  assert.doesNotThrow(() => parse(both(32)))
  assert.throws(() => parse(both(34)), /nesting deeper than 32/)
  assert.doesNotThrow(() => parse(`[${Array(100).fill('[]').join(',')}]`), 'siblings do not nest')
})

test('refuses a million open brackets without exhausting the stack', () => {
  assert.throws(() => parse('['.repeat(1_000_000)), SyntaxError)
})

test('members named __proto__ and constructor are ordinary members', () => {
  const value = parse('{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t"}')
  assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor', 'toString'])
  assert.equal(Object.getPrototypeOf(value), null)
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('an error never quotes the document', () => {
  for (const text of ['{"Plaintext":"hunter2', String.raw`"hunter2\x"`, 'hunter2', '["hunter2" "hunter2"]']) {
    assert.throws(
      () => parse(text),
      (error: Error) => !/hunter2/.test(`${error.message} ${error.stack} ${String(error.cause)}`),
    )
  }
})
