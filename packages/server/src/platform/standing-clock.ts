import type { Clock } from './clock.ts'

/** A clock whose wall time changes only when it is moved. */
export interface StandingClock extends Clock {
  /** Moves wall time forward to `wallMs`. Throws if that is in the past. */
  moveTo(wallMs: number): void
  /** Moves wall time back to its start. Only while nothing works that has seen a later time. */
  restart(): void
}

/**
 * A clock whose wall time starts at `startMs` after the Unix epoch, for `keyhold dev --clock manual`. Its monotonic
 * time and timers are those of the machine, so that short waits, such as the one for a batch of audit lines, do not
 * block.
 */
export function standingClock(startMs: number, machine: Clock): StandingClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    monotonic: () => machine.monotonic(),
    every: (intervalMs, task) => machine.every(intervalMs, task),
    moveTo(wallMs) {
      if (!(wallMs >= nowMs)) throw new RangeError(`time can only be moved forward, not by ${wallMs - nowMs} ms`)
      nowMs = wallMs
    },
    restart() {
      nowMs = startMs
    },
  }
}
