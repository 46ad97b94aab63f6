import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LargeBodies } from '../../src/http/large-bodies.ts'
import { manualClock } from '../../src/platform/manual-clock.ts'

const MEBIBYTE = 1024 * 1024

test('large bodies begin one after the other, and usual ones at once', async () => {
  const clock = manualClock(0)
  const bodies = new LargeBodies(clock)
  const waited = (bytes: number): Promise<number> => {
    const begun = performance.now()
    return bodies.turn(bytes).then(() => performance.now() - begun)
  }
  assert.ok((await waited(MEBIBYTE)) < 20, 'the first waits for nothing')
  const [usual, second, third] = await Promise.all([waited(64 * 1024), waited(MEBIBYTE), waited(64 * 1024 + 1)])
  assert.ok(usual < second, `${usual} < ${second}`)
  assert.ok(second >= 23 && third >= 47, `${second}, ${third}`)
  clock.advance(1000)
  assert.ok((await waited(MEBIBYTE)) < 20, 'after a rest')
})
