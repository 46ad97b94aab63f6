import { setTimeout } from 'node:timers/promises'
import { FairQueue, type Turn } from '../crypto/workers/fair-queue.ts'
import type { Random } from '../platform/random.ts'

/** A change that waits until it is made alone. */
type Begin = (turn: Turn<Begin>) => void

/** The longest rest, on average half of it: a few commits of another process. */
const MAX_REST_MS = 64

/**
 * Who of this process commits when. Requests make their changes together, and those whose basis another has changed start
 * over. One that started over too often makes its change alone: no other commits meanwhile, so that it succeeds whatever the
 * others change, unless another process was faster.
 *
 * Both go on: between two changes that are made alone, all that waited to commit do so. Accounts take turns to be alone, so that what
 * one account changes again and again does not hold up the others.
 */
export class Writers {
  readonly #random: Random
  readonly #wait: (ms: number) => Promise<unknown>
  /** No longer than what all connections together may have in work. */
  readonly #alone = new FairQueue<Begin>(Infinity)
  #isAlone = false
  /** Commits under way beside each other. */
  #together = 0
  readonly #waiting: (() => void)[] = []

  constructor({ random, wait = setTimeout }: { random: Random; wait?: (ms: number) => Promise<unknown> }) {
    this.#random = random
    this.#wait = wait
  }

  /** Does `commit` beside the commits of others. It must be short: whoever is to be alone waits for it. */
  async together<T>(commit: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await commit()
    } finally {
      this.#together -= 1
      this.#begin()
    }
  }

  /** Does `change` when the account's turn comes, and nothing commits through {@link Writers.together} meanwhile. */
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

  /** Rests before the next attempt: longer each time, and by chance, so that two processes do not collide in step. */
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
