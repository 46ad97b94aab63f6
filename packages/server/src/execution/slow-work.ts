import { Secret } from '@keyhold/protocol'

/**
 * The slow work of one request, such as the making of an RSA pair. A request starts over when users or policies were
 * changed since it was decided, those of other accounts too: with work that takes longer than it is between two of their
 * changes it would never end, and do the work again each time.
 */
export class SlowWork {
  #result: Promise<unknown> | undefined

  /** The result of `work`, which is the same each time. */
  once<T>(work: () => Promise<T>): Promise<T> {
    this.#result ??= work()
    return this.#result as Promise<T>
  }

  /** Once nothing is under way. */
  [Symbol.dispose](): void {
    void this.#result?.then(
      (result) => result instanceof Secret && result.wipe(),
      () => undefined,
    )
  }
}
