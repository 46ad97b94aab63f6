import type { Clock } from '../platform/clock.ts'
import { AuditUnavailableError } from './auditor.ts'
import type { Logger } from '../platform/logger.ts'
import { MAX_LINE_BYTES } from './lines.ts'

/** How much may wait for the disk before {@link GroupCommit.append} refuses. */
export interface QueueLimits {
  records: number
  /** UTF-16 code units. */
  characters: number
}

/** A UTF-16 code unit is at most three bytes of UTF-8. */
const MAX_LINE_CHARACTERS = Math.floor(MAX_LINE_BYTES / 3)

/** How often a stream that cannot be written tries again, at most. */
const RETRY_AFTER_MS = 1000

interface Batch {
  lines: string[]
  characters: number
  promise: Promise<void>
  resolve(): void
  reject(reason: Error): void
}

/**
 * How many turns of the event loop a batch gathers lines before it is written. An idle loop turns in microseconds, so
 * a lone record hardly waits; a busy one answers requests in each turn, and their records share one signature and one
 * write. Counting turns instead of time needs no timer and adapts by itself.
 */
const GATHERING_TURNS = 4

/** Lines that are enough for a batch: as many as begin in a usual turn of the event loop (see Entrance). */
const ENOUGH_LINES = 16
/**
 * The same while several accounts ask: as many as begin in the shortest turn. A longer turn has all of its lines in one batch
 * anyway, and so do the turns in which another batch is being written. With more, the answer to an account that asks seldom
 * waits for the turns of the others, and the answers of a large batch all leave in one turn.
 */
const ENOUGH_SHARED_LINES = 2

/**
 * Group commit: one batch is being written, lines that arrive meanwhile form the next. There is no timer, so a lone
 * record waits for nothing but a few empty turns, and under load a batch holds whatever arrived during one fsync.
 */
export class GroupCommit {
  readonly #write: (lines: readonly string[]) => Promise<void>
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #limits: QueueLimits
  #forming: Batch | undefined
  #writing: Promise<void> | undefined
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
    this.#logger = options.logger
    this.#limits = options.limits
  }

  /** Why nothing can be written at present; `undefined` when all is well. */
  get broken(): string | undefined {
    return this.#broken?.reason
  }

  /** Whether several accounts ask at present: batches are then short, which takes more signatures and more writes. */
  setShared(isShared: boolean): void {
    this.#enoughLines = isShared ? ENOUGH_SHARED_LINES : ENOUGH_LINES
  }

  /** Throws {@link AuditUnavailableError} when {@link append} would refuse a line of this length now. */
  requireRoom(characters: number): void {
    const refusal = this.#unfit(characters) ?? (this.#waitsToRetry() ? this.#broken?.reason : undefined)
    if (refusal !== undefined) throw new AuditUnavailableError(refusal)
  }

  /** Resolves when the line is written; rejects with {@link AuditUnavailableError}. Lines of a batch share a promise. */
  append(line: string): Promise<void> {
    const refusal = this.#refusal(line.length)
    return refusal === undefined ? this.#add(line) : Promise.reject(new AuditUnavailableError(refusal))
  }

  /** Takes this last line, whatever waits before it, and no more; resolves and rejects as {@link append}. */
  close(lastLine: string): Promise<void> {
    this.#closed = true
    return this.#add(lastLine)
  }

  #add(line: string): Promise<void> {
    if (this.#forming === undefined) {
      this.#forming = newBatch()
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
    return full ? 'too many records wait for the disk' : undefined
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
    this.#writing = this.#commitAndGoOn(batch)
  }

  async #commitAndGoOn(batch: Batch): Promise<void> {
    await this.#commit(batch)
    this.#writing = undefined
    if (this.#forming === undefined) return
    if (this.#forming.lines.length < this.#enoughLines) this.#startAfter(GATHERING_TURNS, this.#forming)
    else this.#start()
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      await this.#write(batch.lines)
      this.#broken = undefined
      batch.resolve()
    } catch (error) {
      this.#broken = { reason: 'the audit log cannot be written', triedMs: this.#clock.monotonic() }
      this.#logger.error('audit log cannot be written: every request is refused', { error })
      this.#reject(batch, error)
      // What waited meanwhile is refused too: it would only fail against the same disk.
      if (this.#forming !== undefined) this.#reject(this.#forming, error)
      this.#forming = undefined
    }
  }

  #reject(batch: Batch, cause: unknown): void {
    batch.reject(new AuditUnavailableError('the audit log cannot be written', { cause }))
  }
}

function newBatch(): Batch {
  return { lines: [], characters: 0, ...Promise.withResolvers<void>() }
}
