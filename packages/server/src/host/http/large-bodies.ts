import { setTimeout } from 'node:timers/promises'

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
 * The time is the machine's own, as it is the machine that rests: a clock that stands still for tests would stop them all.
 */
export class LargeBodies {
  readonly #rest: (ms: number) => Promise<unknown>
  /** Resolves when the next one may begin. */
  #rested: Promise<unknown> = Promise.resolve()

  constructor(rest: (ms: number) => Promise<unknown> = (ms) => setTimeout(ms)) {
    this.#rest = rest
  }

  /** Resolves when a request with a body of that size may be handled. */
  async turn(bytes: number): Promise<void> {
    if (bytes <= USUAL_BYTES) return
    const begin = this.#rested
    this.#rested = begin.then(() => this.#rest((bytes / MEBIBYTE) * MS_PER_MEBIBYTE))
    await begin
  }
}
