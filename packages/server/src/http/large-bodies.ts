import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../platform/clock.ts'

/** Requests up to this size are handled as they come. Larger than all but simulations and documents of the largest size. */
const USUAL_BYTES = 64 * 1024

/**
 * How far apart the beginnings of two requests are, for each mebibyte of the first: eight times as long as hashing and reading
 * take. A usual request needs some ten turns of the event loop, and each may have to wait for one large body.
 */
const MS_PER_MEBIBYTE = 24
const MEBIBYTE = 1024 * 1024

/**
 * Spaces requests with large bodies, whoever sends them: their bytes are hashed before it is known who does. All of them
 * together keep the event loop busy for an eighth of its time. How many wait is bounded by the memory that bodies may take.
 */
export class LargeBodies {
  readonly #clock: Clock
  #freeMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when a request with a body of that size may be handled. */
  async turn(bytes: number): Promise<void> {
    if (bytes <= USUAL_BYTES) return
    const nowMs = this.#clock.monotonic()
    const beginMs = Math.max(nowMs, this.#freeMs)
    this.#freeMs = beginMs + (bytes / MEBIBYTE) * MS_PER_MEBIBYTE
    if (beginMs > nowMs) await setTimeout(beginMs - nowMs)
  }
}
