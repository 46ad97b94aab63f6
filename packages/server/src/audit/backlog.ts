import type { Clock } from '../platform/clock.ts'

/** How much may wait in the outbox before changes are refused. */
export interface BacklogLimits {
  /** UTF-16 code units of records. */
  characters: number
  /** Since the oldest of them was committed, in milliseconds. */
  ageMs: number
}

/**
 * What this process has committed and not yet brought into its stream. A change is answered only when its record is in
 * the stream or the stream has just failed; so what waits is what was under way, unless a disk hangs.
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

  /** Why no further change must be committed; `undefined` when one may be. */
  get refusal(): string | undefined {
    if (this.#characters > this.#limits.characters) return 'too many records wait in the outbox'
    const ageMs = this.#oldestMs === undefined ? 0 : this.#clock.monotonic() - this.#oldestMs
    return ageMs > this.#limits.ageMs ? 'records wait in the outbox for too long' : undefined
  }

  /** Notes records of a commit. */
  add(characters: number): void {
    this.#characters += characters
    this.#oldestMs ??= this.#clock.monotonic()
  }

  /** Begins to bring over all that waits now; call the result when all of it is in the stream. */
  beginClearing(): () => void {
    const characters = this.#characters
    const beganMs = this.#clock.monotonic()
    return () => {
      this.#characters -= characters
      this.#oldestMs = this.#characters === 0 ? undefined : beganMs
    }
  }
}
