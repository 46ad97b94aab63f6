import type { Clock } from '../platform/clock.ts'
import { AuditUnavailableError } from './auditor.ts'
import { Condition } from '../platform/log/condition.ts'
import type { Logger } from '../platform/logger.ts'
import { MAX_LINE_BYTES } from './lines.ts'

/** How much can wait for the disk before {@link GroupCommit.write} refuses. */
export interface QueueLimits {
  records: number
  /** UTF-16 code units. */
  characters: number
}

/** A UTF-16 code unit has at most three bytes in UTF-8. */
const MAX_LINE_CHARACTERS = Math.floor(MAX_LINE_BYTES / 3)

/** The minimum time between two attempts of a stream that cannot be written. */
const RETRY_AFTER_MS = 1000

interface Batch {
  lines: string[]
  /** When its first line arrived. */
  sinceMs: number
  characters: number
  promise: Promise<void>
  resolve(): void
  reject(reason: Error): void
}

/**
 * For how many turns of the event loop a batch collects lines before it is written. An idle loop turns in microseconds,
 * so a single record hardly waits. A busy loop handles requests in each turn, and their records share one signature and
 * one write. Counting turns instead of time needs no timer and adapts to the load.
 */
const GATHERING_TURNS = 4

/** A batch with this many lines is written: as many as start in a usual turn of the event loop (see Entrance). */
const ENOUGH_LINES = 16
/**
 * The same while several accounts send requests: as many as start in the shortest turn. A longer turn has all of its
 * lines in one batch anyway, and so do the turns during the write of another batch. With a higher number, the response
 * to an account with few requests would wait for the turns of the others, and the responses of a large batch would all
 * leave in one turn.
 */
const ENOUGH_SHARED_LINES = 2

/**
 * Group commit: while one batch is being written, arriving lines form the next. There is no timer: a single record
 * waits only for a few empty turns, and under load a batch contains everything that arrived during one fsync.
 */
export class GroupCommit {
  readonly #write: (lines: readonly string[]) => Promise<void>
  readonly #clock: Clock
  readonly #unwritable: Condition
  readonly #limits: QueueLimits
  #forming: Batch | undefined
  #writing: Promise<void> | undefined
  /** The batch of {@link #writing}. */
  #written: Batch | undefined
  #broken: { reason: string; triedMs: number } | undefined
  #closed = false
  #enoughLines = ENOUGH_LINES

  constructor(options: {
    write: (lines: readonly string[]) => Promise<void>
    clock: Clock
    logger: Logger
    limits: QueueLimits
  }) {
    this.#write = options.write
    this.#clock = options.clock
    this.#unwritable = new Condition(options.logger, {
      began:
        'the audit log cannot be written: every request is refused until it can, so free space on its disk or repair it',
      ended: 'the audit log can be written again: requests are answered',
    })
    this.#limits = options.limits
  }

  /** Why nothing can be written at present; `undefined` otherwise. */
  get broken(): string | undefined {
    return this.#broken?.reason
  }

  /** How many lines wait for the disk or are being written, and for how long the first of them has. */
  get waiting(): { lines: number; ageMs: number } {
    const batches = [this.#written, this.#forming].filter((batch) => batch !== undefined)
    const sinceMs = batches[0]?.sinceMs
    return {
      lines: batches.reduce((sum, { lines }) => sum + lines.length, 0),
      ageMs: sinceMs === undefined ? 0 : this.#clock.monotonic() - sinceMs,
    }
  }

  /**
   * Sets whether several accounts send requests at present. Batches are then short, which takes more signatures and
   * writes.
   */
  setShared(isShared: boolean): void {
    this.#enoughLines = isShared ? ENOUGH_SHARED_LINES : ENOUGH_LINES
  }

  /** Throws {@link AuditUnavailableError} if {@link write} would refuse a line of this length now. */
  requireRoom(characters: number): void {
    const refusal = this.#unfit(characters) ?? (this.#waitsToRetry() ? this.#broken?.reason : undefined)
    if (refusal !== undefined) throw new AuditUnavailableError(refusal)
  }

  /**
   * Resolves when the line is written. Rejects with {@link AuditUnavailableError}. The lines of a batch share a
   * promise.
   */
  write(line: string): Promise<void> {
    const refusal = this.#refusal(line.length)
    return refusal === undefined ? this.#add(line) : Promise.reject(new AuditUnavailableError(refusal))
  }

  /** Writes this last line after everything that waits, and refuses further lines. Settles like {@link write}. */
  close(lastLine: string): Promise<void> {
    this.#closed = true
    return this.#add(lastLine)
  }

  #add(line: string): Promise<void> {
    if (this.#forming === undefined) {
      this.#forming = newBatch(this.#clock.monotonic())
      if (this.#writing === undefined) this.#startAfter(GATHERING_TURNS, this.#forming)
    }
    this.#forming.lines.push(line)
    this.#forming.characters += line.length
    return this.#forming.promise
  }

  #refusal(characters: number): string | undefined {
    const unfit = this.#unfit(characters)
    if (unfit !== undefined || this.#broken === undefined) return unfit
    if (this.#waitsToRetry()) return this.#broken.reason
    this.#broken.triedMs = this.#clock.monotonic()
    return undefined
  }

  #waitsToRetry(): boolean {
    return this.#broken !== undefined && this.#clock.monotonic() - this.#broken.triedMs < RETRY_AFTER_MS
  }

  #unfit(characters: number): string | undefined {
    if (this.#closed) return 'the audit log is closed'
    if (characters > MAX_LINE_CHARACTERS) return 'the record is too long'
    const full = this.#forming !== undefined && this.#isFull(this.#forming, characters)
    return full ? 'too many records are waiting for the disk' : undefined
  }

  #isFull(batch: Batch, characters: number): boolean {
    return batch.lines.length >= this.#limits.records || batch.characters + characters > this.#limits.characters
  }

  #startAfter(turns: number, batch: Batch): void {
    setImmediate(() => {
      if (turns > 1 && batch.lines.length < this.#enoughLines) this.#startAfter(turns - 1, batch)
      else this.#start()
    })
  }

  #start(): void {
    const batch = this.#forming
    if (batch === undefined || this.#writing !== undefined) return
    this.#forming = undefined
    this.#written = batch
    this.#writing = this.#commitAndGoOn(batch)
  }

  async #commitAndGoOn(batch: Batch): Promise<void> {
    await this.#commit(batch)
    this.#writing = undefined
    this.#written = undefined
    if (this.#forming === undefined) return
    if (this.#forming.lines.length < this.#enoughLines) this.#startAfter(GATHERING_TURNS, this.#forming)
    else this.#start()
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      await this.#write(batch.lines)
      this.#unwritable.end()
      this.#broken = undefined
      batch.resolve()
    } catch (error) {
      this.#broken = { reason: 'the audit log cannot be written', triedMs: this.#clock.monotonic() }
      this.#unwritable.begin({ error })
      this.#reject(batch, error)
      // Lines that arrived meanwhile are refused too: they would only fail on the same disk.
      if (this.#forming !== undefined) this.#reject(this.#forming, error)
      this.#forming = undefined
    }
  }

  #reject(batch: Batch, cause: unknown): void {
    batch.reject(new AuditUnavailableError('the audit log cannot be written', { cause }))
  }
}

function newBatch(sinceMs: number): Batch {
  return { lines: [], sinceMs, characters: 0, ...Promise.withResolvers<void>() }
}
