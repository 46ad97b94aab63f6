import assert from 'node:assert/strict'
import { test } from 'node:test'
import { free } from '../../src/files/output.ts'

test('memory that bytes have for themselves is given back', () => {
  const bytes = new Uint8Array(100)
  free(bytes)
  assert.equal(bytes.length, 0)
})

test('memory that others share is left alone, and so is what is empty', () => {
  const shared = new Uint8Array(100)
  free(shared.subarray(10))
  assert.equal(shared.length, 100)
  const empty = new Uint8Array(0)
  free(empty)
  assert.equal(empty.buffer.detached, false)
})
