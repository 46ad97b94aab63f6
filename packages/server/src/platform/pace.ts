import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Clock } from './clock.ts'

/** How long work can occupy the event loop before it pauses, and the length of the pause as a multiple of it. */
const SLICE_MS = 2
const REST_TIMES = 7

/**
 * Limits long work on the event loop to an eighth of its time, so that other requests run in between and mostly find
 * the loop idle. Short work never pauses.
 */
export class Pace {
  readonly #clock: Clock
  readonly #rest: (ms: number) => Promise<unknown>
  #sinceMs: number

  constructor(clock: Clock, rest: (ms: number) => Promise<unknown> = setTimeout) {
    this.#clock = clock
    this.#rest = rest
    this.#sinceMs = clock.monotonic()
  }

  /** Call it between any two small pieces of work. */
  async step(): Promise<void> {
    const tookMs = this.#clock.monotonic() - this.#sinceMs
    await (tookMs < SLICE_MS ? setImmediate() : this.#rest(tookMs * REST_TIMES))
    if (tookMs >= SLICE_MS) this.#sinceMs = this.#clock.monotonic()
  }
}
