import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../support/manual-clock.ts'
import { Pace } from '../../src/platform/pace.ts'

test('work of less than a slice goes on at once, and more rests three times as long as it took', async () => {
  const clock = manualClock(0)
  const pace = new Pace(clock)
  const waited = async (tookMs: number): Promise<number> => {
    clock.advance(tookMs)
    const startMs = performance.now()
    await pace.step()
    return performance.now() - startMs
  }
  const [short, long] = [await waited(1), await waited(29)]
  assert.ok(long >= 89, `${long} ms`)
  assert.ok(short < 80, `${short} ms`)
})
