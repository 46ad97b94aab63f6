/**
 * Divides long work into slices, and runs one slice per turn of the event loop over all work together. Other events
 * wait for one slice at most, however many requests are sliced at once.
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
