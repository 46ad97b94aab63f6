import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Clock } from './clock.ts'

/** How long work may occupy the event loop before it rests, and how many times as long it rests then. */
const SLICE_MS = 2
const REST_TIMES = 7

/**
 * Keeps long work on the event loop to an eighth of its time: others' requests come in between, and most of them find the
 * loop idle. Short work never rests.
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

  /** Call between any two small pieces of work. */
  async step(): Promise<void> {
    const tookMs = this.#clock.monotonic() - this.#sinceMs
    await (tookMs < SLICE_MS ? setImmediate() : this.#rest(tookMs * REST_TIMES))
    if (tookMs >= SLICE_MS) this.#sinceMs = this.#clock.monotonic()
  }
}
