import type { Clock } from './clock.ts'

/** A clock whose wall time stands still until it is moved. */
export interface StandingClock extends Clock {
  /** Moves wall time forward to `wallMs`. */
  moveTo(wallMs: number): void
}

/**
 * A clock whose wall time stands at `startMs` after the Unix epoch, for `keyhold dev --clock manual`. Its monotonic time and
 * its timers are those of the machine: what waits for a moment of its own, such as a batch of audit lines, is not held up.
 */
export function standingClock(startMs: number, machine: Clock): StandingClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    monotonic: () => machine.monotonic(),
    every: (intervalMs, task) => machine.every(intervalMs, task),
    moveTo(wallMs) {
      if (!(wallMs >= nowMs)) throw new RangeError(`time goes forward only, not by ${wallMs - nowMs} ms`)
      nowMs = wallMs
    },
  }
}
