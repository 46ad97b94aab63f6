/**
 * Lets long work go on in slices, one in each turn of the event loop, whosever work it is: what waits for the loop waits
 * for one slice, however many requests are sliced at once.
 */
export class Slices {
  readonly #waiting: (() => void)[] = []

  /** Resolves in a later turn of the event loop, in the order of the calls. */
  next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    if (this.#waiting.length === 1) setImmediate(() => this.#turn())
    return promise
  }

  #turn(): void {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(() => this.#turn())
  }
}
