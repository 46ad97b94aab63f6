import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EnvelopeError } from '../../src/base/error.ts'
import {
  ANY_CONTEXT,
  checkedContext,
  completeContext,
  parseContext,
  serializeContext,
  splitContext,
} from '../../src/message/context.ts'

const contexts = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ unit: 'grapheme' }), {
  maxKeys: 10,
})

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

test('what is serialized parses to the same pairs', () => {
  fc.assert(
    fc.property(contexts, (context) => {
      assert.deepEqual({ ...parseContext(serializeContext(context)) }, { ...context })
    }),
  )
})

test('the order in which pairs are given does not matter; which text is the name does', () => {
  assert.deepEqual(serializeContext({ a: '1', b: '2' }), serializeContext({ b: '2', a: '1' }))
  assert.notDeepEqual(serializeContext({ a: 'bc' }), serializeContext({ ab: 'c' }))
})

test('pairs stand in the order of their UTF-8 bytes, not of their UTF-16 units', () => {
  const serialized = Buffer.from(serializeContext({ '\u{10000}': 'supplementary', '\uffff': 'last of the plane' }))
  assert.ok(serialized.indexOf('last of the plane') < serialized.indexOf('supplementary'))
})

test('no pairs are no bytes', () => {
  assert.equal(serializeContext({}).length, 0)
  assert.deepEqual({ ...parseContext(new Uint8Array(0)) }, {})
})

test('__proto__ is a name like any other', () => {
  const context = checkedContext(JSON.parse('{"__proto__": "x"}') as Record<string, string>)
  const parsed = parseContext(serializeContext(context))
  assert.deepEqual(Object.keys(parsed), ['__proto__'])
  for (const inherited of ['toString', 'constructor']) assert.ok(!(inherited in parsed))
  completeContext(parsed, context, [])
  assert.throws(() => completeContext(parseContext(new Uint8Array(0)), context, []), code('CONTEXT_MISMATCH'))
})

const DAMAGED: readonly (readonly [why: string, hex: string])[] = [
  ['a count that is cut off', '00'],
  ['a count of none', '0000'],
  ['fewer pairs than counted', '0001'],
  ['a name without a value', '0001000161'],
  ['a text that reaches beyond the end', '0001000161000262'],
  ['bytes behind the last pair', '000100016100016200'],
  ['a name that occurs twice', '00020001610001620001610001 63'.replaceAll(' ', '')],
  ['text that is not UTF-8', '00010001ff000162'],
  ['half of a surrogate pair in UTF-8', '00010003eda080000162'],
]

for (const [why, hex] of DAMAGED) {
  test(`refuses ${why}`, () => {
    assert.throws(() => parseContext(Buffer.from(hex, 'hex')), code('MALFORMED_MESSAGE'))
  })
}

test('a byte order mark is part of the text', () => {
  const context = { '\ufeffa': '\ufeffb' }
  assert.deepEqual({ ...parseContext(serializeContext(context)) }, context)
})

test('refuses contexts that no message can have', () => {
  assert.throws(() => checkedContext({ 'aws-crypto-public-key': 'x' }), code('INVALID_CONTEXT'))
  assert.throws(() => checkedContext({ a: '\ud800' }), code('INVALID_CONTEXT'))
  assert.throws(() => checkedContext({ '\udc00': 'a' }), code('INVALID_CONTEXT'))
  assert.throws(() => checkedContext({ a: 1 } as never), code('INVALID_CONTEXT'))
  assert.throws(() => serializeContext({ a: 'x'.repeat(2 ** 16) }), code('INVALID_CONTEXT'))
  assert.throws(() => serializeContext({ a: 'x'.repeat(40_000), b: 'x'.repeat(40_000) }), code('INVALID_CONTEXT'))
})

test('every expected pair must be there, others may', () => {
  const context = parseContext(serializeContext({ tenant: 't-17', purpose: 'backup' }))
  completeContext(context, { tenant: 't-17' }, [])
  completeContext(context, {}, [])
  completeContext(context, ANY_CONTEXT, [])
  assert.throws(() => completeContext(context, { tenant: 't-18' }, []), code('CONTEXT_MISMATCH'))
  assert.throws(() => completeContext(context, { Tenant: 't-17' }, []), code('CONTEXT_MISMATCH'))
  assert.throws(() => completeContext(context, { toString: 't-17' }, []), code('CONTEXT_MISMATCH'))
})

test('required pairs are bound and not stored, and the reader must know them', () => {
  const { stored, bound } = splitContext(checkedContext({ path: 'a/b', tenant: 't-17' }), ['path'])
  assert.deepEqual({ ...stored }, { tenant: 't-17' })
  assert.deepEqual({ ...bound }, { path: 'a/b' })
  const complete = completeContext(stored, { path: 'a/b' }, ['path'])
  assert.deepEqual({ ...complete.context }, { path: 'a/b', tenant: 't-17' })
  assert.deepEqual({ ...complete.bound }, { path: 'a/b' })
  assert.throws(() => splitContext(stored, ['path']), code('INVALID_CONTEXT'))
  assert.throws(() => completeContext(stored, { tenant: 't-17' }, ['path']), code('INVALID_CONTEXT'))
  assert.throws(() => completeContext(stored, ANY_CONTEXT, ['path']), code('INVALID_CONTEXT'))
})

test('a required pair that a message stores nevertheless must be the expected one', () => {
  const stored = checkedContext({ path: 'a/b' })
  assert.deepEqual({ ...completeContext(stored, { path: 'a/b' }, ['path']).bound }, {})
  assert.throws(() => completeContext(stored, { path: 'a/c' }, ['path']), code('CONTEXT_MISMATCH'))
})

test('a context may have as many bytes as its length can say, and no more', () => {
  // A count of two bytes, and two bytes of length for the name and for the value.
  const value = 'x'.repeat(65_535 - 2 - 2 - 1 - 2)
  assert.equal(serializeContext({ n: value }).length, 65_535)
  assert.throws(() => serializeContext({ n: `${value}x` }), code('INVALID_CONTEXT'))
})
