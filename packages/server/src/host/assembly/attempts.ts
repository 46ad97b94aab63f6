import type { Clock } from '../../platform/clock.ts'

/** A file that is not there is asked for in no time; an HSM or another KMS is not to be asked all the time. */
const FIRST_MS = 1000
const MOST_MS = 30_000

/** Attempts that repeat themselves, each after twice the wait before the last one. */
export class Attempts {
  readonly #clock: Clock
  readonly #attempt: () => void
  #waitMs = FIRST_MS
  #cancel: (() => void) | undefined

  constructor(clock: Clock, attempt: () => void) {
    this.#clock = clock
    this.#attempt = attempt
  }

  /** Makes the next attempt after a wait, unless one is to come already. */
  begin(): void {
    if (this.#cancel !== undefined) return
    this.#cancel = this.#clock.every(this.#waitMs, () => {
      this.end()
      this.#attempt()
    })
    this.#waitMs = Math.min(2 * this.#waitMs, MOST_MS)
  }

  /** Makes none, until {@link begin} is called again. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** The next wait is the first one. */
  succeeded(): void {
    this.#waitMs = FIRST_MS
  }
}
