import {
  type Counted,
  following,
  type Boot,
  foundAtStart,
  leadMs,
  MIN_STOP_MS,
  remainingMs,
  type SeenTime,
  seenAfter,
  unsettled,
  type Wait,
  withJump,
} from '../domain/keys/seen-time.ts'
import { newClock, readSeenTime, type StoredSeenTime, writeSeenTime } from '../vault/records/waits.ts'
import { WaitOver } from '../vault/records/wait-over.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { Records } from '../vault/records/records.ts'

interface Context {
  records: Records
  random: Random
  clock: Clock
  logger: Logger
}

/** Decides when the waiting period of an irreversible action is over. */
export interface TimeGuard {
  /**
   * Returns the permission to act if the wait is over, `waits` before that, or `unseen` if another clock was running
   * when the wait began.
   */
  judge(wait: Wait | undefined): Promise<WaitOver | 'waits' | 'unseen'>
  /** How far wall time may be ahead, as far as nothing confirmed it. */
  leadMs(): Promise<number>
}

/** For development servers whose time is moved by request: a wait is over at its date. */
export const dateAlone: TimeGuard = {
  judge: () => Promise.resolve(WaitOver.byDate()),
  leadMs: () => Promise.resolve(0),
}

/**
 * Judges a wait, and then inspects the database before anything is deleted. An inspection of millions of rows takes
 * longer than the clock is written, and the deleting commit requires the clock's current row, so the wait is judged
 * again.
 */
export async function judgeAndInspect(
  wait: Wait | undefined,
  reading: object,
  { guard, isSound }: { guard: TimeGuard; isSound(reading: object): Promise<boolean> },
): Promise<WaitOver | 'waits' | 'unseen'> {
  const before = await guard.judge(wait)
  if (!(before instanceof WaitOver)) return before
  return (await isSound(reading)) ? guard.judge(wait) : 'waits'
}

const SAVE_EVERY_MS = 60_000
/** How often a starting process reads the row again because another starting process wrote it. */
const MAX_ATTEMPTS = 20

/** The basis of this process's count, with its row. */
type Base = Counted & StoredSeenTime

/**
 * Counts how long the service runs, by the monotonic clock and together with the other processes on the folder, and
 * judges waits by that (keys/seen-time.ts). Wall time and its jumps do not affect waits.
 */
export class SeenTimeGuard implements TimeGuard {
  readonly #context: Context
  #base: Base
  /** Wall time minus the time that the machine runs: it changes only when wall time is set. */
  #offsetMs: number
  /** How far wall time jumped since the clock was last written. */
  #jumpedMs = 0

  private constructor(context: Context, base: Base) {
    this.#context = context
    this.#base = base
    this.#offsetMs = offsetMs(context.clock)
  }

  /** Starts to count. Call it before requests are answered: a stop counts only for what was scheduled before it. */
  static async start(context: Context): Promise<SeenTimeGuard> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const stored = await readSeenTime(context)
      const base = await written((nowMs) => startedClock(stored, nowMs, context), stored?.row, context)
      if (base === undefined) continue // another process was faster: what it wrote is read now
      if (stored) tellOfStop(stored.seen, base.seen, context.logger)
      return new SeenTimeGuard(context, base)
    }
    throw new Error('other processes keep writing the row that counts how long the service was seen running')
  }

  /** Records the time that passed. Call it every few seconds, independently of other work. */
  async tick(): Promise<void> {
    this.#tellOfJump()
    const base = await this.#current()
    if (this.#jumpedMs !== 0 || this.#passedMs(base) >= SAVE_EVERY_MS) await this.#save(base)
  }

  async judge(wait: Wait | undefined): Promise<WaitOver | 'waits' | 'unseen'> {
    const base = await this.#current()
    const leftMs = remainingMs(wait, seenAfter(base.seen, this.#passedMs(base)))
    if (leftMs === undefined) return 'unseen'
    return leftMs > 0 ? 'waits' : WaitOver.while(base.row)
  }

  async leadMs(): Promise<number> {
    this.#tellOfJump()
    const { seen } = await this.#current()
    return Math.max(0, leadMs(seen) + this.#jumpedMs)
  }

  /** Writes what was counted up to now. */
  async stop(): Promise<void> {
    await this.#save(await this.#current())
  }

  #passedMs({ sinceMs }: Base, atMs = this.#context.clock.monotonic()): number {
    return atMs - sinceMs
  }

  async #current(): Promise<Base> {
    const stored = await readSeenTime(this.#context)
    if (stored === undefined) return this.#begunAgain()
    const { row } = stored
    const read = { ...stored, version: row.version }
    return (this.#base = { ...following(this.#base, read, this.#context.clock.monotonic()), row })
  }

  async #begunAgain(): Promise<Base> {
    this.#context.logger.error(
      'the row that counts how long the service was seen running is missing: all waiting deletions start again',
    )
    const base = await written((nowMs) => newClock(nowMs, this.#context), undefined, this.#context)
    if (base) this.#base = base
    return this.#base // what another has begun meanwhile is read with the next look
  }

  /** A lost race means that another process has just written the row, which is read next time. */
  async #save(base: Base): Promise<void> {
    const jumpedMs = this.#jumpedMs
    const write = (wallMs: number, atMs: number): SeenTime =>
      asWritten(seenAfter(base.seen, this.#passedMs(base, atMs)), wallMs, this.#context.clock.boot?.(), jumpedMs)
    const saved = await written(write, base.row, this.#context)
    if (!saved) return
    this.#base = saved
    this.#jumpedMs -= jumpedMs
  }

  #tellOfJump(): void {
    const now = offsetMs(this.#context.clock)
    const jumpMs = now - this.#offsetMs
    this.#offsetMs = now
    if (Math.abs(jumpMs) < MIN_STOP_MS) return
    this.#jumpedMs += jumpMs
    this.#context.logger.warn(
      'wall time jumped: waiting periods continue by the time that the service is seen running',
      {
        jumpSeconds: Math.round(jumpMs / 1000),
      },
    )
  }
}

/** Monotonic time does not count the sleep of a machine; where the machine tells how long it runs, that does. */
function offsetMs(clock: Clock): number {
  return clock.now() - (clock.boot?.()?.uptimeMs ?? clock.monotonic())
}

function startedClock(stored: StoredSeenTime | undefined, nowMs: number, context: Context): SeenTime {
  return stored ? foundAtStart(stored.seen, nowMs, context.clock.boot?.()) : newClock(nowMs, context)
}

/** The clock as it is written: what settles by itself does so only while wall time stays synchronized, and does not jump. */
function asWritten(seen: SeenTime, wallMs: number, at: Boot | undefined, jumpedMs: number): SeenTime {
  const { at: _, ...before } = seen
  const written = { ...before, wallMs, ...(at && { at }) }
  return withJump(at?.isSynchronized === true ? written : unsettled(written), jumpedMs)
}

/**
 * Writes the clock over `previous`. Returns `undefined` if another process was faster. Counting continues from before
 * the write: otherwise the duration of each write would be lost and add up. Waits allow for that (waitOf).
 */
async function written(
  make: (wallMs: number, atMs: number) => SeenTime,
  previous: StoredSeenTime['row'] | undefined,
  context: Context,
): Promise<Base | undefined> {
  const { records, clock } = context
  const sinceMs = clock.monotonic()
  const changes = new Changeset()
  const stored = writeSeenTime(make(clock.now(), sinceMs), previous, changes)
  const { committed } = await records.commit(changes)
  return committed ? { ...stored, version: stored.row.version, sinceMs } : undefined
}

function tellOfStop(before: SeenTime, { stops, stopCount }: SeenTime, logger: Logger): void {
  const stop = stops.at(-1)
  if (stop === undefined || stopCount === before.stopCount) return
  logger.warn(
    'the service was stopped, by its clock: waiting periods do not count that time until you run `keyhold operator confirm-clock`',
    { stop: stop.number, from: new Date(stop.fromMs).toISOString(), to: new Date(stop.toMs).toISOString() },
  )
}
