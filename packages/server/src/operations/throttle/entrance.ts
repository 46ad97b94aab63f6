import { FairQueue } from '../../crypto/workers/fair-queue.ts'

/** Requests that begin in one turn of the event loop. As many gain most of what going in step gains; more only take longer. */
const PER_TURN = 16

/**
 * Where requests begin. In each turn of the event loop only some do, and the accounts take turns: whoever keeps thousands of
 * requests under way, on as many connections or pipelined, waits for himself, and so does nobody else.
 */
export class Entrance {
  readonly #perTurn: number
  /** No longer than what all connections together may have in work: refusing takes more than to let wait. */
  readonly #queue = new FairQueue<() => void>(Infinity)
  #begun = 0
  #waiting = 0

  constructor(perTurn: number = PER_TURN) {
    this.#perTurn = perTurn
  }

  /** Resolves when the request may begin; `undefined` where it may at once. */
  enter(payer: string): Promise<void> | undefined {
    if (this.#waiting === 0 && this.#begun < this.#perTurn) {
      this.#begin()
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#queue.add(payer, resolve, false)
    this.#waiting += 1
    return promise
  }

  #begin(): void {
    this.#begun += 1
    if (this.#begun === 1) setImmediate(() => this.#next())
  }

  #next(): void {
    this.#begun = 0
    while (this.#begun < this.#perTurn) {
      const turn = this.#queue.next()
      if (turn === undefined) return
      this.#queue.ended(turn, 1)
      this.#waiting -= 1
      this.#begin()
      turn.item()
    }
  }
}
