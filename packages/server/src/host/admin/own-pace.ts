import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import type { AdminAnswer, AdminHandle } from './listener.ts'

/** For how long an answer is not computed again, as a multiple of the time that it took. */
const REST_TIMES = 15
/** An answer that waited for a disk or the database took much time, and little of it from others. */
const MAX_REST_MS = 500

/**
 * The same answers, computed one at a time and with a rest after each, so that they take a sixteenth of the event loop, however often
 * they are asked for. Those who ask meanwhile share the next one: no one is told what was true before they asked.
 */
export function atItsOwnPace(
  handle: AdminHandle,
  clock: Pick<Clock, 'monotonic'>,
  rest: (ms: number) => Promise<unknown> = setTimeout,
): AdminHandle {
  let rested: Promise<unknown> = Promise.resolve()
  let next: Promise<AdminAnswer> | undefined
  const compute = async (): Promise<AdminAnswer> => {
    await rested
    next = undefined
    const { promise, resolve } = Promise.withResolvers<unknown>()
    rested = promise
    const startedMs = clock.monotonic()
    try {
      return await handle()
    } finally {
      const tookMs = clock.monotonic() - startedMs
      resolve(rest(Math.min(tookMs * REST_TIMES, MAX_REST_MS)))
    }
  }
  return () => (next ??= compute())
}
