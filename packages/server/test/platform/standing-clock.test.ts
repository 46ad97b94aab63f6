import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../support/manual-clock.ts'
import { standingClock } from '../../src/platform/standing-clock.ts'

test('wall time does not advance until it is moved; timers and monotonic time are those of the machine', () => {
  const machine = manualClock(1_700_000_000_000)
  const clock = standingClock(5_000, machine)
  let calls = 0
  clock.every(1_000, () => calls++)
  machine.advance(60_000)
  assert.deepEqual([clock.now(), clock.monotonic(), calls], [5_000, machine.monotonic(), 1])
  clock.moveTo(90_000)
  assert.deepEqual([clock.now(), clock.monotonic(), calls], [90_000, machine.monotonic(), 1])
})

test('time does not go back', () => {
  const clock = standingClock(5_000, manualClock(0))
  assert.throws(() => clock.moveTo(4_999), RangeError)
  assert.throws(() => clock.moveTo(Number.NaN), RangeError)
  clock.moveTo(5_000)
})
