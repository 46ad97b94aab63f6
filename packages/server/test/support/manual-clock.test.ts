import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from './manual-clock.ts'

test('a manual clock does not advance by itself', () => {
  const clock = manualClock(1_700_000_000_000)
  assert.deepEqual([clock.now(), clock.monotonic()], [1_700_000_000_000, 0])
  clock.advance(1500)
  assert.deepEqual([clock.now(), clock.monotonic()], [1_700_000_001_500, 1500])
})

test('a periodic task runs when its moment has come, once for all that it missed', () => {
  const clock = manualClock(0)
  const fired: number[] = []
  clock.every(200, () => fired.push(clock.now()))
  for (const ms of [199, 1, 100, 99, 1, 400 * 86_400_000, 200]) clock.advance(ms)
  assert.deepEqual(fired, [200, 400, 400 + 400 * 86_400_000, 600 + 400 * 86_400_000])
})

test('a stopped task runs no more, even when another stops it on the way', () => {
  const clock = manualClock(0)
  let count = 0
  clock.every(10, () => stop())
  const stop = clock.every(10, () => (count += 1))
  clock.advance(1000)
  assert.equal(count, 0)
})

test('time never goes back and no interval is empty', () => {
  const clock = manualClock(0)
  assert.throws(() => clock.advance(-1), RangeError)
  assert.throws(() => clock.advance(Number.NaN), RangeError)
  assert.throws(() => clock.every(0, () => undefined), RangeError)
})
