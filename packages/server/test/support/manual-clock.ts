import type { Clock } from '../../src/platform/clock.ts'

/** A clock that only advances when it is told to. */
export interface ManualClock extends Clock {
  /** Moves wall and monotonic time forward together, then runs each periodic task whose moment came, once. */
  advance(ms: number): void
}

interface Periodic {
  nextMs: number
  intervalMs: number
  task(): void
}

/**
 * A clock that starts at `startMs` after the Unix epoch, for tests. Like a
 * machine that slept, it runs a task that missed many of its moments once, not once for each: a year is one step.
 */
export function manualClock(startMs: number): ManualClock {
  const periodic = new Set<Periodic>()
  let elapsedMs = 0

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    every(intervalMs, task) {
      if (!(intervalMs > 0)) throw new RangeError(`an interval must be positive, not ${intervalMs} ms`)
      const entry = { nextMs: elapsedMs + intervalMs, intervalMs, task }
      periodic.add(entry)
      return () => periodic.delete(entry)
    },
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`time goes forward only, not by ${ms} ms`)
      elapsedMs += ms
      for (const entry of [...periodic].filter(({ nextMs }) => nextMs <= elapsedMs)) {
        entry.nextMs = elapsedMs + entry.intervalMs
        if (periodic.has(entry)) entry.task()
      }
    },
  }
}
