import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { printable } from '../../src/terminal/printable.ts'

test('what could steer a terminal or forge a line is shown as its code', () => {
  assert.equal(printable('a\u001b[31mb\r\nc\td'), String.raw`a\u001b[31mb\u000d\u000ac\u0009d`)
  assert.equal(printable('\u009b\u2028\u2029\u202e\u2066\u007f'), String.raw`\u009b\u2028\u2029\u202e\u2066\u007f`)
})

test('any other text stays as it is', () => {
  for (const text of ['', 'plain', 'Größe ✓ 鍵 🔑', 'a\\u001b']) assert.equal(printable(text), text)
})

test('no text at all gets a control character through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
    }),
  )
})
