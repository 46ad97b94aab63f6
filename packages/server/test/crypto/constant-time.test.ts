import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalInConstantTime } from '../../src/crypto/constant-time.ts'

test('bytes equal only the same bytes of the same length', () => {
  assert.equal(equalInConstantTime(Uint8Array.of(1, 2), Buffer.of(1, 2)), true)
  assert.equal(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false)
  assert.equal(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)), false)
  assert.equal(equalInConstantTime(new Uint8Array(), new Uint8Array()), true)
})
