import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../../src/platform/manual-clock.ts'

test('a manual clock stands still until it is advanced', () => {
  const clock = manualClock(1_700_000_000_000)
  assert.deepEqual([clock.now(), clock.monotonic()], [1_700_000_000_000, 0])
  clock.advance(1500)
  assert.deepEqual([clock.now(), clock.monotonic()], [1_700_000_001_500, 1500])
})

test('periodic tasks fire in order, each at its own moment', () => {
  const clock = manualClock(0)
  const fired: string[] = []
  clock.every(300, () => fired.push(`slow ${clock.now()}`))
  clock.every(200, () => fired.push(`fast ${clock.now()}`))
  clock.advance(650)
  assert.deepEqual(fired, ['fast 200', 'slow 300', 'fast 400', 'slow 600', 'fast 600'])
  assert.equal(clock.now(), 650)
})

test('a stopped task fires no more, even when it stops itself', () => {
  const clock = manualClock(0)
  let count = 0
  const stop = clock.every(10, () => {
    count += 1
    if (count === 2) stop()
  })
  clock.advance(1000)
  assert.equal(count, 2)
})

test('a task started on the way fires within the same advance', () => {
  const clock = manualClock(0)
  const fired: number[] = []
  const stop = clock.every(100, () => {
    stop()
    clock.every(50, () => fired.push(clock.now()))
  })
  clock.advance(200)
  assert.deepEqual(fired, [150, 200])
})

test('time never goes back and no task fires without end', () => {
  const clock = manualClock(0)
  assert.throws(() => clock.advance(-1), RangeError)
  assert.throws(() => clock.advance(Number.NaN), RangeError)
  assert.throws(() => clock.every(0, () => undefined), RangeError)
})
