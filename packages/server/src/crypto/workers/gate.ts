import { ThreadsError } from './threads-error.ts'

/** Lets a fixed number of computations run at once, and a bounded number wait for their turn. */
export class Gate {
  readonly #maxWaiting: number
  #free: number
  readonly #waiting: (() => void)[] = []
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(slots: number, maxWaiting: number) {
    this.#free = slots
    this.#maxWaiting = maxWaiting
  }

  /** What `work` resolves with. Rejects with {@link ThreadsError} without having called it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new ThreadsError('closed', 'No more cryptography: the server is closing.'))
    if (this.#free === 0 && this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(new ThreadsError('busy', `More than ${this.#maxWaiting} computations wait for a thread.`))
    }
    const done = this.#turn(work)
    this.#running.add(done)
    const forget = (): boolean => this.#running.delete(done)
    done.then(forget, forget)
    return done
  }

  /** Refuses what comes from now on, and resolves when all that came before has ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}
