import type { Answer } from '../../execution/request.ts'

/** Counts the requests that are inside, and lets the last of them out. */
export class Passage {
  #inside = 0
  #whenEmpty: (() => void) | undefined
  readonly #cut = Promise.withResolvers<void>()

  /**
   * Answers a request by `handle`. Where {@link leave} did not wait for it any longer, it gets `instead`, and what `handle` answers
   * later is overwritten.
   */
  async pass(handle: () => Promise<Answer>, instead: () => Answer): Promise<Answer> {
    this.#inside++
    const handled = handle()
    try {
      const answer = await Promise.race([handled, this.#cut.promise])
      if (answer !== undefined) return answer
      handled.then(
        ({ body }) => body.wipe(),
        () => undefined,
      )
      return instead()
    } finally {
      this.#inside--
      if (this.#inside === 0) this.#whenEmpty?.()
    }
  }

  /** Resolves when no request is inside, at the latest after `graceMs`. To be called once, when no more enter. */
  async leave(graceMs: number): Promise<void> {
    if (this.#inside === 0) return
    const empty = new Promise<void>((resolve) => (this.#whenEmpty = resolve))
    const overdue = setTimeout(() => this.#cut.resolve(), graceMs)
    await empty
    clearTimeout(overdue)
  }
}
