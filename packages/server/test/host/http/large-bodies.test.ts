import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { LargeBodies } from '../../../src/host/http/large-bodies.ts'

const MEBIBYTE = 1024 * 1024

test('large bodies begin one after the other, and usual ones at once', async () => {
  const rests: { ms: number; end: () => void }[] = []
  const bodies = new LargeBodies((ms) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    rests.push({ ms, end: resolve })
    return promise
  })
  const begun: string[] = []
  const begin = (name: string, bytes: number): void => void bodies.turn(bytes).then(() => begun.push(name))

  begin('first', MEBIBYTE)
  begin('second', MEBIBYTE / 2)
  begin('third', 64 * 1024 + 1)
  begin('usual', 64 * 1024)
  await setImmediate()
  assert.deepEqual(begun.toSorted(), ['first', 'usual'])

  rests.at(-1)?.end()
  await setImmediate()
  assert.deepEqual(begun.slice(2), ['second'])
  rests.at(-1)?.end()
  await setImmediate()
  assert.deepEqual(begun.slice(3), ['third'])
  // Each rest is as long as the body before it was large.
  assert.deepEqual(
    rests.map(({ ms }) => Math.floor(ms)),
    [24, 12, 1],
  )

  rests.at(-1)?.end()
  await setImmediate()
  begin('after a rest', MEBIBYTE)
  await setImmediate()
  assert.deepEqual(begun.slice(4), ['after a rest'])
})

test('by itself a rest takes time, and ends', async () => {
  const bodies = new LargeBodies()
  await bodies.turn(MEBIBYTE)
  let hasBegun = false
  const second = bodies.turn(MEBIBYTE).then(() => (hasBegun = true))
  await setImmediate()
  assert.equal(hasBegun, false)
  await second
})
