import { KEY_STATES, type KeyRecord, type KeyState } from '../../../domain/keys/record.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Logger } from '../../../platform/logger.ts'
import { Pace } from '../../../platform/pace.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { type StoredMaterial, materialTable } from '../../../vault/records/material.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { everyRow } from '../../../vault/storage/page.ts'

/** What the keys of a data folder are like, as counted at one time. All times in milliseconds since the epoch. */
export interface Census {
  countedMs: number
  states: Readonly<Record<KeyState, number>>
  /** Rows that are not as Keyhold wrote them. */
  notAuthentic: number
  /** The first deletion that is scheduled, and how many wait although their date has passed. */
  nextDeletionMs?: number
  overdueDeletions: number
  /** Keys with automatic rotation, when the first of them is due, and how many wait although their date has passed. */
  rotating: number
  nextRotationMs?: number
  overdueRotations: number
  /** When the first imported material expires. */
  nextExpiryMs?: number
}

interface Context {
  records: RecordReader
  /** By which keys are due. */
  clock: Clock
  /** By which the counting is paced: real time, even if `clock` does not advance. */
  realClock: Clock
  logger: Logger
}

/** Jobs run every ten seconds: what is due for longer than this waits for something else. */
const GRACE_MS = 60_000
/** How often it is looked whether it is time to count again. */
const LOOK_EVERY_MS = 10_000
/** Counting takes at most this share of the time of one core, and an eighth of it while it goes on ({@link Pace}). */
const MOST_SHARE = 1 / 50
const ROWS_PER_PAGE = 100

/**
 * Counts the keys of a data folder by what they are like. No index has the answer, and no table has it without its rows: so it
 * reads all of them, a few at a time, and rests in between so that the counting of millions takes no more of the server than
 * that of few. The answer is as old as it says.
 */
export class KeyCensus {
  readonly #context: Context
  #last: Census | undefined
  #counting: Promise<void> | undefined
  #notBeforeMs = 0
  #isStopped = false

  constructor(context: Context) {
    this.#context = context
  }

  /** The last count; `undefined` before the first is complete. */
  get last(): Census | undefined {
    return this.#last
  }

  /** Counts now and again and again. Returns what ends that. */
  start(): () => Promise<void> {
    const { realClock } = this.#context
    void this.#countIfDue()
    const cancel = realClock.every(LOOK_EVERY_MS, () => void this.#countIfDue())
    return async () => {
      cancel()
      this.#isStopped = true
      await this.#counting
    }
  }

  /** Counts once. A failure leaves the former count as it is. */
  async count(): Promise<void> {
    const { realClock, logger } = this.#context
    const startedMs = realClock.monotonic()
    try {
      this.#last = (await this.#tally()) ?? this.#last
    } catch (error) {
      logger.warn('the keys could not be counted', { error })
    }
    const tookMs = realClock.monotonic() - startedMs
    this.#notBeforeMs = realClock.monotonic() + tookMs / 8 / MOST_SHARE
  }

  #countIfDue(): Promise<void> {
    const isDue = this.#context.realClock.monotonic() >= this.#notBeforeMs
    if (isDue && !this.#isStopped) this.#counting ??= this.count().finally(() => (this.#counting = undefined))
    return this.#counting ?? Promise.resolve()
  }

  /** Resolves to nothing when it is stopped on the way. */
  async #tally(): Promise<Census | undefined> {
    const { records, clock, realClock } = this.#context
    const { examined } = records
    const tally = new Tally(clock.now())
    const pace = new Pace(realClock)
    for await (const row of everyRow((page) => examined.list(keyTable, page), ROWS_PER_PAGE)) {
      if (this.#isStopped) return undefined
      if (row.isAuthentic) tally.key(row.value)
      else tally.notAuthentic += 1
      if (tally.isPageFull()) await pace.step()
    }
    return { ...tally.census(), ...(await this.#nextExpiry()) }
  }

  /** Imported material is due when it expires, so that the first row of an index has the answer. */
  async #nextExpiry(): Promise<Pick<Census, 'nextExpiryMs'>> {
    const [first] = await this.#context.records.examined.due<StoredMaterial>(materialTable, Number.MAX_SAFE_INTEGER, 1)
    return typeof first?.dueMs === 'number' ? { nextExpiryMs: first.dueMs } : {}
  }
}

/** Adds keys up. */
class Tally {
  readonly #nowMs: number
  readonly #states = Object.fromEntries(KEY_STATES.map((state) => [state, 0])) as Record<KeyState, number>
  readonly #rotations = new Dates()
  readonly #deletions = new Dates()
  #rows = 0
  notAuthentic = 0

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  key({ state, deletionMs, rotation, multiRegion }: KeyRecord): void {
    this.#states[state] += 1
    if (deletionMs !== undefined) this.#deletions.add(deletionMs, this.#nowMs)
    // Replicas get their material from the primary, and disabled keys rotate once they are enabled again.
    if (rotation && state === 'Enabled' && multiRegion?.type !== 'REPLICA') {
      this.#rotations.add(rotation.nextMs, this.#nowMs)
    }
  }

  isPageFull(): boolean {
    this.#rows += 1
    return this.#rows % ROWS_PER_PAGE === 0
  }

  census(): Omit<Census, 'nextExpiryMs'> {
    const [deletions, rotations] = [this.#deletions, this.#rotations]
    return {
      countedMs: this.#nowMs,
      states: this.#states,
      notAuthentic: this.notAuthentic,
      ...(deletions.firstMs !== undefined && { nextDeletionMs: deletions.firstMs }),
      overdueDeletions: deletions.overdue,
      rotating: rotations.count,
      ...(rotations.firstMs !== undefined && { nextRotationMs: rotations.firstMs }),
      overdueRotations: rotations.overdue,
    }
  }
}

/** Dates, of which the first one is wanted, and how many have passed. */
class Dates {
  count = 0
  overdue = 0
  firstMs: number | undefined

  add(dateMs: number, nowMs: number): void {
    this.count += 1
    if (dateMs + GRACE_MS < nowMs) this.overdue += 1
    this.firstMs = Math.min(this.firstMs ?? dateMs, dateMs)
  }
}
