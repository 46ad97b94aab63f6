import type { Hierarchy } from '../vault/hierarchy/hierarchy.ts'
import {
  type Counted,
  following,
  foundAtStart,
  MIN_STOP_MS,
  remainingMs,
  type SeenTime,
  seenAfter,
  type Wait,
} from '../domain/keys/seen-time.ts'
import { newClock, readSeenTime, type StoredSeenTime, writeSeenTime } from '../vault/records/waits.ts'
import { WaitOver } from '../vault/records/wait-over.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../vault/storage/changeset.ts'
import type { Row, Store } from '../vault/storage/store.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
  clock: Clock
  logger: Logger
}

/** Says when a wait for what cannot be undone is over. */
export interface TimeGuard {
  /** What lets the wait's end be acted on; `waits` before it; `unseen` when the clock did not see the wait begin. */
  judge(wait: Wait | undefined): Promise<WaitOver | 'waits' | 'unseen'>
}

/** A development server's time is moved by request: a wait is over when its date has come. */
export const dateAlone: TimeGuard = {
  judge: () => Promise.resolve(WaitOver.byDate()),
}

/**
 * Judges a wait, and lets nothing be deleted from a database that is not sound. Inspecting millions of rows takes longer than
 * the clock goes without being written, and the commit that deletes requires its row as it is then: so it is judged again.
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
/** How often a process that starts reads the row again because another, which starts too, wrote it. */
const MAX_ATTEMPTS = 20

/** What this process counts from, and the row of it. */
type Base = Counted & StoredSeenTime

/**
 * Counts how long the service runs, by the monotonic clock, together with the other processes on the folder, and judges
 * waits by that (keys/seen-time.ts). What wall time says, and whether it jumped, moves no wait.
 */
export class SeenTimeGuard implements TimeGuard {
  readonly #context: Context
  #base: Base
  /** Wall time less monotonic time: it moves only when wall time is set. */
  #offsetMs: number

  private constructor(context: Context, base: Base) {
    this.#context = context
    this.#base = base
    this.#offsetMs = offsetMs(context.clock)
  }

  /** Begins to count. To be called before requests are answered: a stop counts for what was scheduled before it alone. */
  static async start(context: Context): Promise<SeenTimeGuard> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const stored = await readSeenTime(context)
      const base = await written((nowMs) => startedClock(stored, nowMs, context), stored?.row, context)
      if (base === undefined) continue // another process was faster: what it wrote is read now
      if (stored) tellOfStop(stored.seen, base.seen, context.logger)
      return new SeenTimeGuard(context, base)
    }
    throw new Error('the row that says how long the service was seen running is written by others all the time')
  }

  /** Notes that time passed. To be called every few seconds, beside whatever else a process does. */
  async tick(): Promise<void> {
    this.#tellOfJump()
    const base = await this.#current()
    if (this.#passedMs(base) >= SAVE_EVERY_MS) await this.#save(base)
  }

  async judge(wait: Wait | undefined): Promise<WaitOver | 'waits' | 'unseen'> {
    const base = await this.#current()
    const leftMs = remainingMs(wait, seenAfter(base.seen, this.#passedMs(base)))
    if (leftMs === undefined) return 'unseen'
    return leftMs > 0 ? 'waits' : WaitOver.while(base.row)
  }

  /** Writes down what was seen up to now. */
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
      'the row that says how long the service was seen running is gone: every deletion that waits starts over',
    )
    const base = await written((nowMs) => newClock(nowMs, this.#context), undefined, this.#context)
    if (base) this.#base = base
    return this.#base // what another has begun meanwhile is read with the next look
  }

  /** A lost race means that another process has written just now, which is read with the next look. */
  async #save(base: Base): Promise<void> {
    const write = (wallMs: number, atMs: number): SeenTime => ({
      ...seenAfter(base.seen, this.#passedMs(base, atMs)),
      wallMs,
    })
    const saved = await written(write, base.row, this.#context)
    if (saved) this.#base = saved
  }

  #tellOfJump(): void {
    const now = offsetMs(this.#context.clock)
    const jumpMs = now - this.#offsetMs
    this.#offsetMs = now
    if (Math.abs(jumpMs) < MIN_STOP_MS) return
    this.#context.logger.warn('wall time jumped: waiting periods go on by the time that the service is seen running', {
      jumpSeconds: Math.round(jumpMs / 1000),
    })
  }
}

function offsetMs(clock: Clock): number {
  return clock.now() - clock.monotonic()
}

function startedClock(stored: StoredSeenTime | undefined, nowMs: number, context: Context): SeenTime {
  return stored ? foundAtStart(stored.seen, nowMs) : newClock(nowMs, context)
}

/**
 * Writes the clock over `previous`; `undefined` when another was faster. The process counts on from before it was written:
 * what is lost otherwise, with each write, adds up, and waits allow for it (waitOf).
 */
async function written(
  make: (wallMs: number, atMs: number) => SeenTime,
  previous: Row | undefined,
  context: Context,
): Promise<Base | undefined> {
  const { store, random, clock } = context
  const sinceMs = clock.monotonic()
  const changes = new Changeset()
  const stored = await writeSeenTime(make(clock.now(), sinceMs), previous, context, changes)
  const { committed } = await store.commit(changes.commit(random.uuid(), []))
  return committed ? { ...stored, version: stored.row.version, sinceMs } : undefined
}

function tellOfStop(before: SeenTime, { stops, stopCount }: SeenTime, logger: Logger): void {
  const stop = stops.at(-1)
  if (stop === undefined || stopCount === before.stopCount) return
  logger.warn(
    'the service was stopped, by its clock: waiting periods do not count that time until `keyhold operator confirm-clock`',
    { stop: stop.number, from: new Date(stop.fromMs).toISOString(), to: new Date(stop.toMs).toISOString() },
  )
}
