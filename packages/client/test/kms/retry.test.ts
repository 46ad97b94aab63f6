import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withRetries } from '../../src/kms/retry.ts'
import type { RetryRuntime } from '../../src/kms/retry.ts'

const POLICY = { maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 350 }

function runtime(random: number): RetryRuntime & { slept: number[] } {
  const slept: number[] = []
  return { slept, random: () => random, sleep: (delayMs) => void slept.push(delayMs) as unknown as Promise<void> }
}

/** Fails as often as it is told, then returns how often it was called. */
function failing(times: number): () => Promise<number> {
  let calls = 0
  return () => (++calls > times ? Promise.resolve(calls) : Promise.reject(new Error(`failure ${calls}`)))
}

test('repeats until it succeeds, waiting up to twice as long each time and never beyond the limit', async () => {
  const clock = runtime(0.999)
  assert.equal(await withRetries(failing(4), () => true, POLICY, clock, undefined), 5)
  assert.deepEqual(clock.slept.map(Math.round), [100, 200, 350, 350])
})

test('the delay may be nothing at all', async () => {
  const clock = runtime(0)
  await withRetries(failing(2), () => true, POLICY, clock, undefined)
  assert.deepEqual(clock.slept, [0, 0])
})

test('gives up with the last error', async () => {
  await assert.rejects(
    withRetries(failing(5), () => true, POLICY, runtime(0), undefined),
    /failure 5/,
  )
})

test('does not repeat what may not be repeated', async () => {
  await assert.rejects(
    withRetries(failing(1), () => false, POLICY, runtime(0), undefined),
    /failure 1/,
  )
})

test('stops with the reason of an aborted signal', async () => {
  const signal = AbortSignal.abort(new Error('stopped'))
  await assert.rejects(
    withRetries(failing(1), () => true, POLICY, runtime(0), signal),
    /stopped/,
  )
})
