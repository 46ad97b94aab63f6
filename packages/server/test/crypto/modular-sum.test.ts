import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ModularSum } from '../../src/crypto/modular-sum.ts'

const MODULUS = 1n << 256n

test('sums and differences equal those of BigInt modulo 2^256, with any carries', () => {
  const numbers = [
    Buffer.alloc(32),
    Buffer.alloc(32, 0xff),
    Buffer.concat([Buffer.alloc(31), Buffer.of(1)]),
    Buffer.from('00000000ffffffff'.repeat(4), 'hex'),
    ...Array.from({ length: 200 }, () => randomBytes(32)),
  ]
  const sum = new ModularSum()
  let expected = 0n
  for (const [index, number] of [...numbers, ...numbers.toReversed()].entries()) {
    const isAdded = index % 3 !== 0
    if (isAdded) sum.add(number)
    else sum.subtract(number)
    expected = (expected + (isAdded ? valueOf(number) : MODULUS - valueOf(number))) % MODULUS
    assert.equal(valueOf(sum.toBytes()), expected)
  }
})

test('a copy is independent', () => {
  const one = Buffer.concat([Buffer.alloc(31), Buffer.of(1)])
  const sum = ModularSum.of(one)
  const copy = sum.copy()
  copy.add(one)
  assert.deepEqual([valueOf(sum.toBytes()), valueOf(copy.toBytes())], [1n, 2n])
})

test('only 32 bytes are a number', () => {
  assert.throws(() => new ModularSum().add(Buffer.alloc(31)), TypeError)
})

function valueOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
