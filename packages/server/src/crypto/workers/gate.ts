import type { Clock } from '../../platform/clock.ts'
import { FairQueue, type Turn } from './fair-queue.ts'
import { ThreadsError } from './threads-error.ts'

export interface GateOptions {
  /** How many computations run at once. */
  slots: number
  /** How many may wait, of all accounts together; one account alone gets half of them. */
  maxWaiting: number
  /** How many of one account run at once; all, unless given. */
  slotsPerAccount?: number
  clock: Pick<Clock, 'monotonic'>
}

type Begin = (turn: Turn<Begin>) => void

/** Lets a fixed number of computations run at once, and a bounded number wait for their turn, fairly by account. */
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

  /** What `work` of this account resolves with. Rejects with {@link ThreadsError} without having called it. */
  run<T>(accountId: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new ThreadsError('closed', 'No more cryptography: the server is closing.'))
    const { promise: done, resolve } = Promise.withResolvers<T>()
    const begin = (turn: Turn<Begin>): void => resolve(this.#during(turn, work))
    if (!this.#queue.add(accountId, begin, this.#free > 0)) {
      return Promise.reject(new ThreadsError('busy', 'Too many computations of this account wait for a thread.'))
    }
    this.#running.add(done)
    const forget = (): boolean => this.#running.delete(done)
    done.then(forget, forget)
    this.#fill()
    return done
  }

  /** Refuses what comes from now on, and resolves when all that came before has ended. */
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
