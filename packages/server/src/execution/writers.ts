import { setTimeout } from 'node:timers/promises'
import { FairQueue, type Turn } from '../crypto/workers/fair-queue.ts'
import type { Random } from '../platform/random.ts'

/** A change that waits for exclusive access. */
type Begin = (turn: Turn<Begin>) => void

/** The maximum pause, on average half of it: a few commits of another process. */
const MAX_REST_MS = 64

/**
 * Coordinates the commits of this process. Requests make their changes in parallel, and are retried if another one
 * changed what they are based on. A request that was retried too often makes its change with exclusive access: no other
 * request of this process commits meanwhile, so it succeeds unless another process was faster.
 *
 * Both make progress: between two exclusive changes, all waiting commits run. Accounts take turns, so that an account
 * that keeps changing things does not delay others.
 */
export class Writers {
  readonly #random: Random
  readonly #wait: (ms: number) => Promise<unknown>
  /** Bounded by the number of requests that all connections together can have in progress. */
  readonly #alone = new FairQueue<Begin>(Infinity)
  #isAlone = false
  /** Parallel commits in progress. */
  #together = 0
  readonly #waiting: (() => void)[] = []

  constructor({ random, wait = setTimeout }: { random: Random; wait?: (ms: number) => Promise<unknown> }) {
    this.#random = random
    this.#wait = wait
  }

  /** Runs `commit` in parallel with others. It must be short, because exclusive changes wait for it. */
  async together<T>(commit: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await commit()
    } finally {
      this.#together -= 1
      this.#begin()
    }
  }

  /** Runs `change` when the account's turn comes. No commit through {@link Writers.together} runs meanwhile. */
  async alone<T>(account: string, change: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<Turn<Begin>>()
    this.#alone.add(account, resolve, false)
    this.#begin()
    const turn = await promise
    try {
      return await change()
    } finally {
      this.#alone.ended(turn, 1)
      this.#isAlone = false
      this.#release()
      this.#begin()
    }
  }

  /**
   * Pauses before the next attempt: longer each time, and randomly, so that two processes do not collide repeatedly.
   */
  async rest(attempt: number): Promise<void> {
    const [byte = 0] = this.#random.bytes(1)
    await this.#wait((Math.min(MAX_REST_MS, 2 ** attempt) * byte) / 256)
  }

  async #enter(): Promise<void> {
    if (!this.#isAlone && this.#alone.waiting === 0) this.#together += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #release(): void {
    const released = this.#waiting.splice(0)
    this.#together += released.length
    for (const enter of released) enter()
  }

  #begin(): void {
    if (this.#isAlone || this.#together > 0) return
    const turn = this.#alone.next()
    if (turn === undefined) return
    this.#isAlone = true
    turn.item(turn)
  }
}
