import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ownedCopy, wipeBytes } from '../../../src/crypto/workers/messages.ts'

test('bytes are copied into memory of their own, out of any pool, and other values are passed', () => {
  const key = createSecretKey(randomBytes(32))
  const pooled = Buffer.from('ten bytes!')
  assert.notEqual(pooled.buffer.byteLength, pooled.byteLength, 'small Buffers share a pool')
  const { copy, memory } = ownedCopy({ key, pooled, name: 'x', nothing: undefined })
  assert.equal(copy['key'], key)
  assert.equal(copy['name'], 'x')
  assert.deepEqual(copy['pooled'], Uint8Array.from(pooled))
  assert.deepEqual(memory, [(copy['pooled'] as Uint8Array).buffer])
  assert.equal(memory[0]?.byteLength, pooled.byteLength)
  assert.equal(pooled.toString(), 'ten bytes!', '"the caller\'s values stay unchanged"')
})

test('wiping reaches every byte array', () => {
  const values = { one: Uint8Array.of(1, 2), two: Buffer.from('abc'), three: 'text' }
  wipeBytes(values)
  assert.deepEqual(values, { one: new Uint8Array(2), two: Buffer.alloc(3), three: 'text' })
})
