/**
 * The clock of waiting periods: how long the service was seen running. It counts monotonic time, which cannot be set,
 * and is stored in the database. Irreversible actions wait for this clock in addition to wall time. The functions are
 * pure: the guard (jobs/time-guard.ts) and the rows (lifecycle/waits.ts) apply them. test/jobs/time-guard-model.test.ts
 * tries every order of events.
 */
export interface SeenTime {
  /**
   * The name of this clock. A clock that is restarted from zero gets a new name, so that no wait is measured by two
   * clocks.
   */
  clock: string
  /** How long the service was seen running. Never more than the real time since the clock began. */
  seenMs: number
  /** Wall time of this record. Used only to measure the length of a stop. */
  wallMs: number
  /** The latest stops of the service, oldest first. */
  stops: readonly Stop[]
  /** The total number of stops. */
  stopCount: number
}

/** A period that the service did not see, because it was stopped as far as wall time shows. */
export interface Stop {
  /** Counted from 1, in the order in which they were noticed. */
  number: number
  fromMs: number
  toMs: number
  /** Whether an operator confirmed its length. Only then does it count. */
  counts: boolean
}

/** The earliest time of an irreversible action. Written when the waiting period starts. */
export interface Wait {
  clock: string
  /** The minimum {@link SeenTime.seenMs}. */
  untilMs: number
  /** {@link SeenTime.stopCount} at the start: only later stops count. */
  stops: number
}

/**
 * The maximum that one step adds. The clock is written every minute; if it is not, for example on a full disk, the rest
 * of the time is lost. This also limits how far another process can be ahead of the stored clock when a wait begins.
 */
export const MAX_STEP_MS = 2 * 60_000
/** A longer time between two writes, seen at the start of a process, is a stop. */
export const MIN_STOP_MS = 10 * 60_000
/** Older stops are removed, and no longer count. */
const MAX_STOPS = 50

/** A clock that starts now. */
export function begunClock(clock: string, wallMs: number): SeenTime {
  return { clock, seenMs: 0, wallMs, stops: [], stopCount: 0 }
}

/** The clock, `passedMs` of monotonic time after a process read it. */
export function seenAfter(seen: SeenTime, passedMs: number): SeenTime {
  return { ...seen, seenMs: seen.seenMs + Math.floor(Math.min(Math.max(passedMs, 0), MAX_STEP_MS)) }
}

/** The basis of a process: the clock as it last read or wrote it, and its own monotonic time at that moment. */
export interface Counted {
  seen: SeenTime
  /** The version of the row. */
  version: number
  sinceMs: number
}

/**
 * Returns the basis of a process after it has read the row at `nowMs` of its monotonic time. If another process wrote
 * the row, counting starts from now, never from earlier.
 */
export function following(counted: Counted, stored: Omit<Counted, 'sinceMs'>, nowMs: number): Counted {
  const isSame = stored.version === counted.version && stored.seen.clock === counted.seen.clock
  return isSame ? counted : { ...stored, sinceMs: nowMs }
}

/** The clock when a process starts. It gets an additional stop if no process wrote it for a while. */
export function foundAtStart(seen: SeenTime, wallMs: number): SeenTime {
  if (wallMs - seen.wallMs <= MIN_STOP_MS) return { ...seen, wallMs }
  const stop = { number: seen.stopCount + 1, fromMs: seen.wallMs, toMs: wallMs, counts: false }
  return { ...seen, wallMs, stops: [...seen.stops, stop].slice(-MAX_STOPS), stopCount: stop.number }
}

/** Returns the clock with an operator's statement about one of its stops, or unchanged if there is no such stop. */
export function withWord(seen: SeenTime, number: number, counts: boolean): SeenTime {
  return { ...seen, stops: seen.stops.map((stop) => (stop.number === number ? { ...stop, counts } : stop)) }
}

/**
 * A wait of `windowMs` that begins now. The stored clock can be one step behind what other processes have counted, and
 * their next write can add another step. Both are added, so that the wait is never too short.
 */
export function waitOf({ clock, seenMs, stopCount }: SeenTime, windowMs: number): Wait {
  return { clock, untilMs: seenMs + 2 * MAX_STEP_MS + windowMs, stops: stopCount }
}

/**
 * Returns the remaining milliseconds of a wait: 0 when it is over, `undefined` if another clock was running when it
 * began.
 */
export function remainingMs(wait: Wait | undefined, { clock, seenMs, stops }: SeenTime): number | undefined {
  if (wait?.clock !== clock) return undefined
  const counting = stops.filter(({ number, counts }) => counts && number > wait.stops)
  const stoppedMs = counting.reduce((sum, stop) => sum + lengthMs(stop), 0)
  return Math.max(0, wait.untilMs - seenMs - stoppedMs)
}

/**
 * The length without one step, which may have been counted, or in which a wait may have begun, before the service
 * stopped.
 */
function lengthMs({ fromMs, toMs }: Stop): number {
  return Math.max(0, toMs - fromMs - MAX_STEP_MS)
}
