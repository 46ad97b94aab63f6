import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../src/crypto/random.ts'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('pooled bytes have the requested length and never repeat, across many refills of the pool', () => {
  const seen = new Set<string>()
  for (let round = 0; round < 5000; round++) {
    const bytes = systemRandom.bytes(28)
    assert.equal(bytes.byteLength, 28)
    seen.add(Buffer.from(bytes).toString('hex'))
  }
  assert.equal(seen.size, 5000)
})

test('returned bytes neither change with the pool nor change it', () => {
  const first = systemRandom.bytes(16)
  const copy = Buffer.from(first)
  for (let round = 0; round < 3000; round++) systemRandom.bytes(16)
  assert.deepEqual(Buffer.from(first), copy)
  assert.equal(first.buffer.byteLength, 16)
})

test('sizes from zero to more than the pool are supported', () => {
  for (const size of [0, 1, 255, 256, 257, 20_000]) assert.equal(systemRandom.bytes(size).byteLength, size)
  assert.notDeepEqual(systemRandom.bytes(20_000), new Uint8Array(20_000))
})

test('a secret has memory of its own, so that wiping it affects nothing else and leaves nothing', () => {
  const secret = systemRandom.secret(32)
  assert.equal(secret.reveal().buffer.byteLength, 32)
  assert.notDeepEqual(secret.reveal(), new Uint8Array(32))
  secret.wipe()
  assert.deepEqual(secret.reveal(), new Uint8Array(32))
})

test('UUIDs are of version 4 and differ', () => {
  const uuids = Array.from({ length: 1000 }, () => systemRandom.uuid())
  for (const uuid of uuids) assert.match(uuid, UUID_V4)
  assert.equal(new Set(uuids).size, uuids.length)
})
