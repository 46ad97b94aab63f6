import type { Clock } from '../../platform/clock.ts'
import type { Handle } from './exchange.ts'

/** Lets requests through, except while {@link Gate.closedFor} does something that none of them may see half done. */
export class Gate {
  readonly #clock: Clock
  #inside = 0
  #empty: PromiseWithResolvers<void> | undefined
  #open: PromiseWithResolvers<void> | undefined

  /** `clock`: the time at which requests arrive. It can go back while the gate is closed. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Wraps a handler. A request that comes while the gate is closed waits, and arrives when it opens. */
  guarding(handle: Handle): Handle {
    return async (request) => {
      const arrived = this.#open === undefined ? request : await this.#waited(request)
      this.#inside++
      try {
        return await handle(arrived)
      } finally {
        this.#inside--
        if (this.#inside === 0) this.#empty?.resolve()
      }
    }
  }

  /** Closes the gate, waits until no request is inside, calls `act`, and opens the gate again. Never called twice at once. */
  async closedFor(act: () => Promise<void>): Promise<void> {
    const open = Promise.withResolvers<void>()
    this.#open = open
    try {
      this.#empty = Promise.withResolvers<void>()
      if (this.#inside > 0) await this.#empty.promise
      await act()
    } finally {
      this.#open = undefined
      open.resolve()
    }
  }

  /** The gate can have been closed again before a waiting request continues. */
  async #waited(request: Parameters<Handle>[0]): Promise<Parameters<Handle>[0]> {
    while (this.#open !== undefined) await this.#open.promise
    return { ...request, receivedAtMs: this.#clock.now() }
  }
}
