import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalInConstantTime } from '../../src/crypto/constant-time.ts'
import { watchComparisons } from '../support/watch-comparisons.ts'

test('bytes equal only the same bytes of the same length', () => {
  assert.equal(equalInConstantTime(Uint8Array.of(1, 2), Buffer.of(1, 2)), true)
  assert.equal(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false)
  assert.equal(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)), false)
  assert.equal(equalInConstantTime(new Uint8Array(), new Uint8Array()), true)
})

test("the comparison is Node's own that takes the same time wherever bytes differ", (t) => {
  const compared = watchComparisons(t)
  equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 2))
  equalInConstantTime(Uint8Array.of(3, 4), Uint8Array.of(5, 6))
  assert.deepEqual(compared, [Buffer.of(1, 2).toString('base64'), Buffer.of(3, 4).toString('base64')])
})
