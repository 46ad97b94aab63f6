/**
 * The clock of waiting periods: how long the service was seen running. It counts monotonic time, which nothing can set, and
 * is kept in the database. What cannot be undone waits by it, beside wall time. Pure: the guard (jobs/time-guard.ts) and
 * the rows (lifecycle/waits.ts) do what these functions say. test/jobs/time-guard-model.test.ts tries every order of events.
 */
export interface SeenTime {
  /** Names this clock. A clock that began again has another name, so that nothing is measured by two. */
  clock: string
  /** How long the service was seen running. Never more than what passed in truth since the clock began. */
  seenMs: number
  /** Wall time when this was written. Nothing but the length of a stop is measured by it. */
  wallMs: number
  /** The newest stops of the service, oldest first. */
  stops: readonly Stop[]
  /** How many stops there ever were. */
  stopCount: number
}

/** A time that the service did not see: it was stopped, as far as wall time can say. */
export interface Stop {
  /** From 1, in the order in which they were noticed. */
  number: number
  fromMs: number
  toMs: number
  /** Whether an operator says that it took so long: only then does it count. */
  counts: boolean
}

/** When something may be done that cannot be undone. Written where the waiting begins. */
export interface Wait {
  clock: string
  /** The least {@link SeenTime.seenMs}. */
  untilMs: number
  /** {@link SeenTime.stopCount} as it was: only later stops count. */
  stops: number
}

/**
 * The most that is added at one go. The clock is written every minute; where it was not, as on a full disk, the rest is
 * lost. So a wait knows how far another process may be ahead of what is written when it begins.
 */
export const MAX_STEP_MS = 2 * 60_000
/** A time between two writes that is longer than this, at the start of a process, is a stop. */
export const MIN_STOP_MS = 10 * 60_000
/** Older ones are forgotten, and count no more. */
const MAX_STOPS = 50

/** A clock that begins now. */
export function begunClock(clock: string, wallMs: number): SeenTime {
  return { clock, seenMs: 0, wallMs, stops: [], stopCount: 0 }
}

/** The clock, `passedMs` of monotonic time after a process read it. */
export function seenAfter(seen: SeenTime, passedMs: number): SeenTime {
  return { ...seen, seenMs: seen.seenMs + Math.floor(Math.min(Math.max(passedMs, 0), MAX_STEP_MS)) }
}

/** What a process counts from: the clock as it read or wrote it, and its own monotonic time then. */
export interface Counted {
  seen: SeenTime
  /** Of the row. */
  version: number
  sinceMs: number
}

/**
 * What a process counts from once it has read the row, at `nowMs` of its monotonic time. What another process wrote is counted
 * on from there, never from before.
 */
export function following(counted: Counted, stored: Omit<Counted, 'sinceMs'>, nowMs: number): Counted {
  const isSame = stored.version === counted.version && stored.seen.clock === counted.seen.clock
  return isSame ? counted : { ...stored, sinceMs: nowMs }
}

/** The clock as a process that starts finds it: with one stop more if nobody wrote it for a while. */
export function foundAtStart(seen: SeenTime, wallMs: number): SeenTime {
  if (wallMs - seen.wallMs <= MIN_STOP_MS) return { ...seen, wallMs }
  const stop = { number: seen.stopCount + 1, fromMs: seen.wallMs, toMs: wallMs, counts: false }
  return { ...seen, wallMs, stops: [...seen.stops, stop].slice(-MAX_STOPS), stopCount: stop.number }
}

/** The clock with an operator's word on one of its stops; the same clock when there is no such stop. */
export function withWord(seen: SeenTime, number: number, counts: boolean): SeenTime {
  return { ...seen, stops: seen.stops.map((stop) => (stop.number === number ? { ...stop, counts } : stop)) }
}

/**
 * A wait of `windowMs` that begins now. What is written may lag behind what others have counted by one step, and what they
 * write then by another: both are added, so that the wait is never too short.
 */
export function waitOf({ clock, seenMs, stopCount }: SeenTime, windowMs: number): Wait {
  return { clock, untilMs: seenMs + 2 * MAX_STEP_MS + windowMs, stops: stopCount }
}

/** How much of a wait remains, in milliseconds: 0 when it is over, `undefined` when this clock did not see it begin. */
export function remainingMs(wait: Wait | undefined, { clock, seenMs, stops }: SeenTime): number | undefined {
  if (wait?.clock !== clock) return undefined
  const counting = stops.filter(({ number, counts }) => counts && number > wait.stops)
  const stoppedMs = counting.reduce((sum, stop) => sum + lengthMs(stop), 0)
  return Math.max(0, wait.untilMs - seenMs - stoppedMs)
}

/** Without the step that may have been counted, or in which a wait may have begun, before the service stopped. */
function lengthMs({ fromMs, toMs }: Stop): number {
  return Math.max(0, toMs - fromMs - MAX_STEP_MS)
}
