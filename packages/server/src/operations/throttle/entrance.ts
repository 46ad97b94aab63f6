import { FairQueue, type Turn } from '../../crypto/workers/fair-queue.ts'

/** Requests that begin in one turn of the event loop. As many gain most of what going in step gains; more only take longer. */
const PER_TURN = 16
/** The same where more than those wait and others have asked lately: they wait for several turns each time. */
const FEW_PER_TURN = 6
/** For how many turns it is remembered that others asked: some ten seconds of a busy server. */
const SHARED_FOR_TURNS = 10_000

/** A request that waits. */
type Begin = (turn: Turn<Begin>) => void

/**
 * Where requests begin, before anything costly is done for them. In each turn of the event loop only some do, and the lines
 * take turns: of those who keep thousands of requests under way, on as many connections or pipelined, each request waits for
 * their own only. An answer takes some six turns, in each of which as many requests of others are worked on as begin in one.
 * So turns are short where they are shared, which takes some fifteen per cent more for each request.
 */
export class Entrance {
  readonly #perTurn: number
  readonly #fewPerTurn: number
  #sharedForTurns = 0
  /** No longer than what all connections together may have in work: refusing takes more than to let wait. */
  readonly #queue = new FairQueue<Begin>(Infinity)
  #isScheduled = false

  constructor(perTurn: number = PER_TURN, fewPerTurn: number = FEW_PER_TURN) {
    this.#perTurn = perTurn
    this.#fewPerTurn = fewPerTurn
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
    this.#sharedForTurns = this.#queue.busyAccounts > 1 ? SHARED_FOR_TURNS : this.#sharedForTurns - 1
    const isShort = this.#sharedForTurns > 0 && this.#queue.waiting > this.#perTurn
    for (let left = isShort ? this.#fewPerTurn : this.#perTurn; left > 0; left--) {
      const turn = this.#queue.next()
      if (turn === undefined) return
      turn.item(turn)
    }
    if (this.#queue.waiting > 0) this.#schedule()
  }
}
