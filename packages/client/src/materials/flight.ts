/** What one waiter of a flight is told. */
interface Waiter<T> {
  resolve(value: T): void
  reject(reason: unknown): void
}

/**
 * One answer that several callers wait for, so that a cold cache asked by many at once makes one call. A caller that
 * aborts leaves the others alone; the call itself is aborted when none is left. A failure is every waiter's, and is kept
 * for no later one.
 */
export class Flight<T> {
  readonly #waiters = new Set<Waiter<T>>()
  readonly #controller = new AbortController()

  /** Aborts once no caller waits any more. For what is asked. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it can still be joined. */
  get isOpen(): boolean {
    return !this.signal.aborted
  }

  /** Rejects with the signal's reason once that aborts. */
  join(signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const waiter: Waiter<T> = {
        resolve: (value) => (leave(), resolve(value)),
        reject: (reason) => (leave(), reject(reason)),
      }
      const abort = (): void => {
        waiter.reject(signal!.reason)
        if (this.#waiters.size === 0) this.#controller.abort(signal!.reason)
      }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', abort)
    })
  }

  /** Asks, and tells every waiter. Never rejects. */
  async run<S>(ask: (signal: AbortSignal) => Promise<S>, { each, last, failed }: Landing<S, T>): Promise<void> {
    let arrived: S
    try {
      arrived = await ask(this.signal)
    } catch (error) {
      const reason = failed(error)
      for (const waiter of this.#waiters) waiter.reject(reason)
      return
    }
    for (const waiter of this.#waiters) waiter.resolve(each(arrived))
    last(arrived)
  }
}

/** What is done with an answer, all of it at once: before anything else can wipe what the answers are made of. */
interface Landing<S, T> {
  /** The answer for one waiter, of its own. */
  each(arrived: S): T
  /** Takes ownership of what has arrived. The flight must not be joined any more. */
  last(arrived: S): void
  /** What the waiters are told of a failure. The flight must not be joined any more. */
  failed(error: unknown): unknown
}
