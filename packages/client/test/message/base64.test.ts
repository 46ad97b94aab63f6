import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeBase64, encodeBase64 } from '../../src/message/base64.ts'

test('agrees with Node about bytes of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = Buffer.from(bytes).toString('base64')
      assert.equal(encodeBase64(bytes), text)
      assert.deepEqual(decodeBase64(text), bytes)
    }),
  )
})

for (const text of ['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AA=A', ' AAAA', 'AA-_', 'AAAA\n', '====']) {
  test(`refuses ${JSON.stringify(text)}, which is not the canonical form of anything`, () => {
    assert.equal(decodeBase64(text), undefined)
  })
}
