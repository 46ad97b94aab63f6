import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schedule } from '../../src/jobs/schedule.ts'
import type { LogFields } from '../../src/platform/logger.ts'
import { manualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

test('a job that fails is named in the log and runs again, never twice at once, until it is stopped', async () => {
  const clock = manualClock(0)
  const said: unknown[] = []
  const logger = { ...silentLogger, error: (_: string, fields?: LogFields) => void said.push(fields?.['job']) }
  let runs = 0
  const ends: PromiseWithResolvers<void>[] = []
  const run = (): Promise<void> => {
    runs += 1
    const end = Promise.withResolvers<void>()
    ends.push(end)
    return end.promise
  }
  const stop = schedule({ name: 'delete keys', run, everyMs: 1000 }, { clock, logger })
  clock.advance(1000)
  clock.advance(1000)
  assert.equal(runs, 1)
  ends[0]?.reject(new Error('disk'))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(said, ['delete keys'])
  clock.advance(1000)
  assert.equal(runs, 2)
  const stopped = stop()
  ends[1]?.resolve()
  await stopped
  clock.advance(5000)
  assert.equal(runs, 2)
})
