import { FairQueue, type Turn } from '../../crypto/workers/fair-queue.ts'

/** Requests that begin in one turn of the event loop. As many gain most of what going in step gains; more only take longer. */
const PER_TURN = 16
/** Those of one line, while others have requests under way too: they wait for each turn several times. */
const EACH_PER_TURN = 4

/** A request that waits. */
type Begin = (turn: Turn<Begin>) => void

/**
 * Where requests begin, before anything costly is done for them. In each turn of the event loop only some do, and the lines
 * take turns: of those who keep thousands of requests under way, on as many connections or pipelined, each request waits for
 * their own only. An answer takes some eight turns of the loop. So one line must not fill a turn while another has requests
 * under way.
 */
export class Entrance {
  readonly #perTurn: number
  readonly #eachPerTurn: number
  /** No longer than what all connections together may have in work: refusing takes more than to let wait. */
  readonly #queue = new FairQueue<Begin>(Infinity)
  #isScheduled = false

  constructor(perTurn: number = PER_TURN, eachPerTurn: number = EACH_PER_TURN) {
    this.#perTurn = perTurn
    this.#eachPerTurn = eachPerTurn
  }

  /** Does `work` when its turn in that line comes, at the end of this turn of the event loop or of a later one. */
  async pass<T>(line: string, work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<Turn<Begin>>()
    this.#queue.add(line, resolve, false)
    this.#schedule()
    const turn = await promise
    try {
      return await work()
    } finally {
      this.#queue.ended(turn, 1)
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#begin())
  }

  #begin(): void {
    this.#isScheduled = false
    const begun = new Map<string, number>()
    const mayBegin = (line: string): boolean =>
      this.#queue.busyAccounts < 2 || (begun.get(line) ?? 0) < this.#eachPerTurn
    for (let left = this.#perTurn; left > 0; left--) {
      const turn = this.#queue.next(mayBegin)
      if (turn === undefined) break
      begun.set(turn.accountId, (begun.get(turn.accountId) ?? 0) + 1)
      turn.item(turn)
    }
    if (this.#queue.waiting > 0) this.#schedule()
  }
}
