import { Secret } from '@keyhold/protocol'

/**
 * The slow work of one request, such as the generation of an RSA pair. A request is retried if users or policies of any
 * account changed since its decision. If the work took longer than the time between two such changes, the request would
 * never end, and would repeat the work each time.
 */
export class SlowWork {
  #result: Promise<unknown> | undefined

  /** Returns the result of `work`, which runs only once. */
  once<T>(work: () => Promise<T>): Promise<T> {
    this.#result ??= work()
    return this.#result as Promise<T>
  }

  /** Wipes the result after all work has ended. */
  [Symbol.dispose](): void {
    void this.#result?.then(
      (result) => result instanceof Secret && result.wipe(),
      () => undefined,
    )
  }
}
