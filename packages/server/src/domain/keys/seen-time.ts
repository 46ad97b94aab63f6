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
  /** When it was written, by what no one can set: {@link Boot}. Absent in rows of earlier builds. */
  at?: Boot
  /** How far wall time jumped ahead, all told, as far as nothing confirmed it. */
  jumped?: { ms: number; settlesAtMs?: number }
}

/**
 * The machine at one moment: how long it has run since which of its starts, its sleep included, and whether its wall time is
 * synchronized. Setting wall time does not change how long it has run.
 */
export interface Boot {
  /** A name that each start of the machine has to itself. */
  id: string
  uptimeMs: number
  isSynchronized: boolean
}

/** A period that the service did not see, because it was stopped as far as wall time shows. */
export interface Stop {
  /** Counted from 1, in the order in which they were noticed. */
  number: number
  fromMs: number
  toMs: number
  /** Whether an operator confirmed its length. */
  counts: boolean
  /**
   * Of a stop between two times at which wall time was synchronized: it counts without an operator from this
   * {@link SeenTime.seenMs} on, unless they said that it does not.
   */
  settlesAtMs?: number
}

/** The earliest time of an irreversible action. Written when the waiting period starts. */
export interface Wait {
  clock: string
  /** The minimum {@link SeenTime.seenMs}. */
  untilMs: number
  /** {@link SeenTime.stopCount} at the start: only later stops count. */
  stops: number
  /** {@link SeenTime.seenMs} at the start. Without it, only stops count that an operator confirmed. */
  sinceMs?: number
}

/**
 * The maximum that one step adds. The clock is written every minute; if it is not, for example on a full disk, the rest
 * of the time is lost. This also limits how far another process can be ahead of the stored clock when a wait begins.
 */
export const MAX_STEP_MS = 2 * 60_000
/** A longer time between two writes, seen at the start of a process, is a stop. */
export const MIN_STOP_MS = 10 * 60_000
/** How long wall time must be seen to stay as it is, and synchronized, before a stop counts without an operator. */
const SETTLING_MS = 24 * 60 * 60_000
/** The longest stop that counts without an operator: the shortest waiting period. */
const MOST_SETTLED_MS = 7 * SETTLING_MS
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

/**
 * The clock when a process starts. If the machine has run all the time since the clock was written, the time between was
 * seen by the machine, and counts: but for one step, in which a wait may have begun. It counts no more than wall time
 * says as well, as containers may say another uptime each. After a start of the machine only wall time says how long the stop
 * was: the clock gets an additional stop if it was long.
 */
export function foundAtStart(seen: SeenTime, wallMs: number, at?: Boot): SeenTime {
  const stoppedMs = wallMs - seen.wallMs
  const now = { ...seen, wallMs, ...(at && { at }) }
  const uptimeMs = uptimeSince(seen, at)
  if (uptimeMs !== undefined) {
    const passedMs = Math.min(uptimeMs, stoppedMs) - MAX_STEP_MS
    const counted = { ...now, seenMs: seen.seenMs + Math.floor(Math.max(0, passedMs)) }
    return withJump(counted, stoppedMs - uptimeMs)
  }
  if (stoppedMs <= MIN_STOP_MS) return now
  const isKnown = seen.at?.isSynchronized === true && at?.isSynchronized === true && stoppedMs <= MOST_SETTLED_MS
  const settles = isKnown ? { settlesAtMs: seen.seenMs + SETTLING_MS } : {}
  const stop = { number: seen.stopCount + 1, fromMs: seen.wallMs, toMs: wallMs, counts: false, ...settles }
  return { ...now, stops: [...seen.stops, stop].slice(-MAX_STOPS), stopCount: stop.number }
}

/** For how long the machine has run since the clock was written; `undefined` if it was started meanwhile, or that is unknown. */
function uptimeSince({ at: written }: Pick<SeenTime, 'at'>, at: Boot | undefined): number | undefined {
  if (written === undefined || at === undefined || written.id !== at.id || at.uptimeMs < written.uptimeMs)
    return undefined
  return at.uptimeMs - written.uptimeMs
}

/** The clock after wall time jumped. What was to settle meanwhile does not: either of the two times may be wrong. */
export function withJump(seen: SeenTime, jumpMs: number): SeenTime {
  if (Math.abs(jumpMs) < MIN_STOP_MS) return seen
  const settles = seen.at?.isSynchronized === true ? { settlesAtMs: seen.seenMs + SETTLING_MS } : {}
  return { ...unsettled(seen), jumped: { ms: (seen.jumped?.ms ?? 0) + jumpMs, ...settles } }
}

/** The clock without what was to settle by itself: wall time is not synchronized any more. */
export function unsettled(seen: SeenTime): SeenTime {
  const stops = seen.stops.map((stop) => (isSettled(stop, seen) ? stop : withoutSettling(stop)))
  const { jumped, ...rest } = seen
  const kept = jumped && !isSettled(jumped, seen) ? { jumped: { ms: jumped.ms } } : {}
  return { ...rest, stops, ...kept }
}

function isSettled({ settlesAtMs = Infinity }: { settlesAtMs?: number }, { seenMs }: SeenTime): boolean {
  return seenMs >= settlesAtMs
}

function withoutSettling({ settlesAtMs: _settled, ...stop }: Stop): Stop {
  return stop
}

/**
 * How far wall time may be ahead, as far as nothing confirmed it: what jumped, and the stops that do not count. What acts by
 * its date alone waits for as long.
 */
export function leadMs(seen: SeenTime): number {
  const stops = seen.stops.filter((stop) => !stop.counts && !isSettled(stop, seen))
  const jumpedMs = seen.jumped && !isSettled(seen.jumped, seen) ? seen.jumped.ms : 0
  return Math.max(0, jumpedMs) + stops.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
}

/** Returns the clock with an operator's statement about one of its stops, or unchanged if there is no such stop. */
export function withWord(seen: SeenTime, number: number, counts: boolean): SeenTime {
  const said = (stop: Stop): Stop => ({ ...withoutSettling(stop), counts })
  return { ...seen, stops: seen.stops.map((stop) => (stop.number === number ? said(stop) : stop)) }
}

/**
 * A wait of `windowMs` that begins now. The stored clock can be one step behind what other processes have counted, and
 * their next write can add another step; or it was not written for longer, which a start would add later. All are added, so
 * that the wait is never too short.
 */
export function waitOf(seen: SeenTime, windowMs: number, at?: Boot): Wait {
  const { clock, seenMs, stopCount } = seen
  const behindMs = Math.max(2 * MAX_STEP_MS, (uptimeSince(seen, at) ?? 0) + MAX_STEP_MS)
  const sinceMs = seenMs + Math.ceil(behindMs)
  return { clock, untilMs: sinceMs + windowMs, stops: stopCount, sinceMs }
}

/**
 * Returns the remaining milliseconds of a wait: 0 when it is over, `undefined` if another clock was running when it
 * began. Stops that count without an operator count together no more than what was seen: half of a wait is seen at least.
 */
export function remainingMs(wait: Wait | undefined, seen: SeenTime): number | undefined {
  const { clock, seenMs, stops } = seen
  if (wait?.clock !== clock) return undefined
  const later = stops.filter(({ number }) => number > wait.stops)
  const confirmedMs = sumOf(later.filter(({ counts }) => counts))
  const settledMs = sumOf(later.filter((stop) => !stop.counts && isSettled(stop, seen)))
  const seenSinceMs = Math.max(0, seenMs - (wait.sinceMs ?? seenMs))
  return Math.max(0, wait.untilMs - seenMs - confirmedMs - Math.min(settledMs, seenSinceMs))
}

function sumOf(stops: readonly Stop[]): number {
  return stops.reduce((sum, stop) => sum + lengthMs(stop), 0)
}

/**
 * The length without one step, which may have been counted, or in which a wait may have begun, before the service
 * stopped.
 */
function lengthMs({ fromMs, toMs }: Stop): number {
  return Math.max(0, toMs - fromMs - MAX_STEP_MS)
}
