import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { systemClock } from '../../src/platform/system-clock.ts'

test('the system clock tells the time and never goes back', async () => {
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 1000)
  const before = systemClock.monotonic()
  await sleep(5)
  assert.ok(systemClock.monotonic() > before)
})

test('the system clock repeats a task until it is stopped', async () => {
  let count = 0
  const stop = systemClock.every(5, () => (count += 1))
  await sleep(60)
  stop()
  const counted = count
  assert.ok(counted >= 2, `fired ${counted} times`)
  await sleep(30)
  assert.equal(count, counted)
})
