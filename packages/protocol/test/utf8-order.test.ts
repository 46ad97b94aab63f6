import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byUtf8 } from '@keyhold/protocol'

const TEXT = fc.string({
  unit: fc.constantFrom('a', 'b', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}'),
  maxLength: 4,
})

test('text is ordered as its UTF-8 bytes are', () => {
  fc.assert(
    fc.property(TEXT, TEXT, (left, right) => {
      assert.equal(Math.sign(byUtf8(left, right)), Buffer.compare(Buffer.from(left), Buffer.from(right)))
    }),
  )
})
