import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { UnauthenticatedFailure } from './auditor.ts'
import { encodeLine, type UnauthenticatedLine } from './lines.ts'

const WINDOW_MS = 60_000
/** Kinds that are counted separately in one window; the rest share the kind `Other`. */
const MAX_KINDS = 40
const MAX_CODE_CHARACTERS = 128

/**
 * Counts requests that failed before authentication. Any client can make them, so their size in the log is bounded: in
 * each window one line for the first of a kind, at once, and one line for all others of the kind when the window ends.
 */
export class UnauthenticatedFailures {
  readonly #write: (line: string) => Promise<void>
  readonly #logger: Logger
  readonly #stopTimer: () => void
  /** By kind; `undefined` while there is only the first one, which was written at once. */
  readonly #window = new Map<string, UnauthenticatedLine | undefined>()

  constructor(options: { write: (line: string) => Promise<void>; clock: Clock; logger: Logger }) {
    this.#write = options.write
    this.#logger = options.logger
    this.#stopTimer = options.clock.every(WINDOW_MS, () => void this.#endWindow())
  }

  /** Resolves when the failure is durable, or at once if it is only counted. */
  async count(failure: UnauthenticatedFailure): Promise<void> {
    const kind = this.#kindOf(failure.code)
    if (this.#window.has(kind)) {
      this.#window.set(kind, merged(this.#window.get(kind), lineOf(kind, failure)))
      return
    }
    this.#window.set(kind, undefined)
    try {
      await this.#write(encodeLine('unauthenticated', lineOf(kind, failure)))
    } catch (error) {
      this.#window.set(kind, merged(this.#window.get(kind), lineOf(kind, failure)))
      throw error
    }
  }

  /** Writes the remaining counts. */
  async close(): Promise<void> {
    this.#stopTimer()
    await this.#endWindow()
  }

  #kindOf(code: string): string {
    const kind = code.slice(0, MAX_CODE_CHARACTERS)
    return this.#window.has(kind) || this.#window.size < MAX_KINDS ? kind : 'Other'
  }

  async #endWindow(): Promise<void> {
    const counted = [...this.#window.values()].filter((line) => line !== undefined)
    this.#window.clear()
    try {
      await Promise.all(counted.map((line) => this.#write(encodeLine('unauthenticated', line))))
    } catch (error) {
      this.#logger.error('counts of unauthenticated requests could not be recorded and are lost', {
        kinds: counted.length,
        error,
      })
    }
  }
}

function lineOf(code: string, { timeMs, sourceIp, requestId }: UnauthenticatedFailure): UnauthenticatedLine {
  return {
    code,
    count: 1,
    firstTimeMs: timeMs,
    lastTimeMs: timeMs,
    firstSourceIp: sourceIp,
    lastSourceIp: sourceIp,
    requestId,
  }
}

function merged(counted: UnauthenticatedLine | undefined, next: UnauthenticatedLine): UnauthenticatedLine {
  if (counted === undefined) return next
  const { count, firstTimeMs, firstSourceIp } = counted
  return { ...next, count: count + 1, firstTimeMs, firstSourceIp }
}
