import { setTimeout } from 'node:timers/promises'

/**
 * Requests up to this size are handled as they arrive. Only simulations, and policies of the maximum size, are larger.
 */
const USUAL_BYTES = 64 * 1024

/**
 * The distance between the starts of two requests, for each mebibyte of the first: eight times as long as hashing and
 * reading take. A usual request needs about ten turns of the event loop, each of which can have to wait for one large
 * body.
 */
const MS_PER_MEBIBYTE = 24
const MEBIBYTE = 1024 * 1024

/**
 * Spaces requests with large bodies, from all clients: their bytes are hashed before the sender is authenticated. All
 * of them together use an eighth of the event loop's time. The memory limit for bodies bounds how many wait. The pauses
 * use the machine's time: with a stopped test clock they would never end.
 */
export class LargeBodies {
  readonly #rest: (ms: number) => Promise<unknown>
  /** Resolves when the next one can start. */
  #rested: Promise<unknown> = Promise.resolve()

  constructor(rest: (ms: number) => Promise<unknown> = (ms) => setTimeout(ms)) {
    this.#rest = rest
  }

  /** Resolves when a request with a body of that size can be handled. */
  async turn(bytes: number): Promise<void> {
    if (bytes <= USUAL_BYTES) return
    const begin = this.#rested
    this.#rested = begin.then(() => this.#rest((bytes / MEBIBYTE) * MS_PER_MEBIBYTE))
    await begin
  }
}
