import type { Clock } from './clock.ts'

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves wall and monotonic time forward together, firing each periodic task at each of its moments on the way. */
  advance(ms: number): void
}

interface Periodic {
  nextMs: number
  intervalMs: number
  task(): void
}

/** A clock that starts at `startMs` after the Unix epoch: for tests, and for `keyhold dev --clock manual`. */
export function manualClock(startMs: number): ManualClock {
  const periodic = new Set<Periodic>()
  let elapsedMs = 0

  const runUntil = (endMs: number): void => {
    let next = earliest(periodic)
    while (next !== undefined && next.nextMs <= endMs) {
      elapsedMs = next.nextMs
      next.nextMs += next.intervalMs
      next.task()
      next = earliest(periodic)
    }
  }

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
      const endMs = elapsedMs + ms
      runUntil(endMs)
      elapsedMs = endMs
    },
  }
}

function earliest(periodic: Iterable<Periodic>): Periodic | undefined {
  let first: Periodic | undefined
  for (const entry of periodic) if (first === undefined || entry.nextMs < first.nextMs) first = entry
  return first
}
