import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from '../../src/platform/pace.ts'
import { manualClock } from '../support/manual-clock.ts'

test('work of less than a slice goes on at once, and more rests seven times as long as it took', async () => {
  const clock = manualClock(0)
  const rests: number[] = []
  const pace = new Pace(clock, async (ms) => {
    rests.push(ms)
    clock.advance(ms)
  })
  const restsAfter = async (tookMs: number): Promise<number[]> => {
    clock.advance(tookMs)
    await pace.step()
    return rests.splice(0)
  }
  assert.deepEqual(await restsAfter(1), [])
  // Together with the work before it, which did not rest.
  assert.deepEqual(await restsAfter(29), [210])
  assert.deepEqual(await restsAfter(1), [], 'the rest itself is no work')
})
