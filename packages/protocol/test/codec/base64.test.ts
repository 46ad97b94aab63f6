import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { base64Length, decodeBase64, readBase64, writeBase64 } from '../../src/codec/base64.ts'

const encoder = new TextEncoder()

function encode(bytes: Uint8Array): string {
  const target = new Uint8Array(base64Length(bytes.length))
  assert.equal(writeBase64(bytes, target, 0), target.length)
  return new TextDecoder().decode(target)
}

/** Node's lax decoder, made strict: only the text that Node itself would write is accepted. */
function reference(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined
}

test('encodes as Node does, at any offset', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(7), (bytes, offset) => {
      assert.equal(encode(bytes), Buffer.from(bytes).toString('base64'))
      const target = new Uint8Array(offset + base64Length(bytes.length) + 1).fill(7)
      const end = writeBase64(bytes, target, offset)
      assert.ok([...target.subarray(0, offset), ...target.subarray(end)].every((byte) => byte === 7))
    }),
  )
})

test('decodes what it encoded, from text and from bytes, short and long', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.deepEqual(decodeBase64(encode(bytes)), bytes)
      assert.deepEqual(readBase64(encoder.encode(encode(bytes))), bytes)
    }),
  )
  const long = Uint8Array.from({ length: 20_000 }, (_, index) => index * 7)
  assert.deepEqual(decodeBase64(encode(long)), long)
})

test('accepts exactly the canonical spelling', () => {
  const characters = fc.string({ unit: fc.constantFrom(...'ABQgwz019+/=-_ \n\u0100\u00e9'), maxLength: 12 })
  const nearMiss = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.nat(15), fc.constantFrom(...'ABab01+/=-_ \t\né'))
    .map(([bytes, at, character]) => {
      const text = Buffer.from(bytes).toString('base64')
      return text.slice(0, at) + character + text.slice(at + 1)
    })
  fc.assert(
    fc.property(fc.oneof(characters, nearMiss), (text) => assert.deepEqual(decodeBase64(text), reference(text))),
    { numRuns: 20_000 },
  )
})

const LAX: Record<string, string> = {
  'no padding': 'QQ',
  'too little padding': 'QQ=',
  'too much padding': 'QUI==',
  'padding alone': '====',
  'padding in the middle': 'QQ==QQ==',
  'unused bits set before ==': 'QR==',
  'unused bits set before =': 'QUJ=',
  'white space inside': 'QU JD',
  'white space that fills four': 'QUJ\n',
  'a line break at the end': 'QUJD\n',
  'the URL alphabet': '-_-_',
  'not ASCII': 'QUJé',
  'wide characters whose low byte is in the alphabet': '\u0141\u0141\u0141\u0141',
}

for (const [name, text] of Object.entries(LAX)) {
  test(`refuses ${name}`, () => assert.equal(decodeBase64(text), undefined))
}

test('the empty text is no bytes', () => assert.deepEqual(decodeBase64(''), new Uint8Array(0)))
