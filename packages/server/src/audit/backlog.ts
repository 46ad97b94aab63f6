import type { Clock } from '../platform/clock.ts'

/** How much can wait in the outbox before changes are refused. */
export interface BacklogLimits {
  /** UTF-16 code units of records. */
  characters: number
  /** The age of the oldest of them since its commit, in milliseconds. */
  ageMs: number
}

/**
 * The entries that this process has committed and not yet relayed into its stream. A change is answered only when its
 * record is in the stream or the stream has just failed, so the backlog is small unless a disk hangs.
 */
export class Backlog {
  readonly #clock: Clock
  readonly #limits: BacklogLimits
  #characters = 0
  #oldestMs: number | undefined

  constructor(clock: Clock, limits: BacklogLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Why no further change must be committed, or `undefined`. */
  get refusal(): string | undefined {
    if (this.#characters > this.#limits.characters) return 'too many records are waiting in the outbox'
    return this.ageMs > this.#limits.ageMs ? 'records have been waiting in the outbox for too long' : undefined
  }

  /** For how long the oldest entry has waited; 0 when none waits. */
  get ageMs(): number {
    return this.#oldestMs === undefined ? 0 : this.#clock.monotonic() - this.#oldestMs
  }

  /** Adds the records of a commit. */
  add(characters: number): void {
    this.#characters += characters
    this.#oldestMs ??= this.#clock.monotonic()
  }

  /** Starts relaying everything that waits now. Call the result when all of it is in the stream. */
  beginClearing(): () => void {
    const characters = this.#characters
    const beganMs = this.#clock.monotonic()
    return () => {
      this.#characters -= characters
      this.#oldestMs = this.#characters === 0 ? undefined : beganMs
    }
  }
}
