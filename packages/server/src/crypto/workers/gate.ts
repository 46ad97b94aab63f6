import type { Clock } from '../../platform/clock.ts'
import { FairQueue, type Turn } from './fair-queue.ts'
import { ThreadsError } from './threads-error.ts'

/** Limits of a {@link Gate}. */
export interface GateOptions {
  /** How many computations run at once. */
  slots: number
  /** How many can wait, of all accounts together. One account can use half of it. */
  maxWaiting: number
  /** How many computations of one account run at once. By default, all slots. */
  slotsPerAccount?: number
  clock: Pick<Clock, 'monotonic'>
}

type Begin = (turn: Turn<Begin>) => void

/** Runs a fixed number of computations at once, and queues a bounded number more, fairly by account. */
export class Gate {
  readonly #options: GateOptions
  readonly #queue: FairQueue<Begin>
  #free: number
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(options: GateOptions) {
    this.#options = options
    this.#queue = new FairQueue(options.maxWaiting, options.slotsPerAccount)
    this.#free = options.slots
  }

  /** How many computations run, and how many wait. */
  get load(): { running: number; waiting: number } {
    return { running: this.#options.slots - this.#free, waiting: this.#queue.waiting }
  }

  /**
   * Runs `work` for this account, and settles like it. Rejects with {@link ThreadsError}, without calling `work`, if
   * the queue is full or the gate is closed.
   */
  run<T>(accountId: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed)
      return Promise.reject(new ThreadsError('closed', 'The server is closing and starts no more cryptography.'))
    const { promise: done, resolve } = Promise.withResolvers<T>()
    const begin = (turn: Turn<Begin>): void => resolve(this.#during(turn, work))
    if (!this.#queue.add(accountId, begin, this.#free > 0)) {
      return Promise.reject(new ThreadsError('busy', 'Too many computations of this account are waiting for a thread.'))
    }
    this.#running.add(done)
    const forget = (): boolean => this.#running.delete(done)
    done.then(forget, forget)
    this.#fill()
    return done
  }

  /** Refuses new work, and resolves when all earlier work has ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }

  async #during<T>(turn: Turn<Begin>, work: () => Promise<T>): Promise<T> {
    const startMs = this.#options.clock.monotonic()
    try {
      return await work()
    } finally {
      this.#queue.ended(turn, this.#options.clock.monotonic() - startMs)
      this.#free += 1
      this.#fill()
    }
  }

  #fill(): void {
    while (this.#free > 0) {
      const turn = this.#queue.next()
      if (turn === undefined) return
      this.#free -= 1
      turn.item(turn)
    }
  }
}
