import { FairQueue, type Turn } from '../../crypto/workers/fair-queue.ts'

/** How many requests begin in one turn of the event loop. */
export interface TurnSizes {
  /** As a rule: as many gain most of what going in step gains; more only take longer. */
  usual: number
  /** While several lines ask and more wait than fit: others wait for several turns each time. */
  shared: number
  /** While a request of a line of which no other waits is being answered, and more of others wait than fit. */
  hurried: number
}

const SIZES: TurnSizes = { usual: 16, shared: 6, hurried: 2 }
/** For how many turns it is remembered that others ask: some ten seconds of a busy server. */
const SHARED_FOR_TURNS = 10_000
/**
 * What a turn counts in which several lines have work, against one in which a single line has: twenty such turns show that turns
 * are shared. Connections that one account opens are another line for some six turns each, until a request on them is verified.
 */
const SHARED_TURN = 500
/** For how many turns such a request hurries the others: in as many it is usually answered, and slow work hurries nobody longer. */
const HURRIED_FOR_TURNS = 6

/** A request that waits. */
type Begin = (turn: Turn<Begin>) => void

/**
 * Where requests begin, before anything costly is done for them. In each turn of the event loop only some do, and the lines
 * take turns: of those who keep thousands of requests under way, on as many connections or pipelined, each request waits for
 * their own only. An answer takes some six turns, in each of which as many requests of others are worked on as begin in one.
 * So turns are short where they are shared, which takes some fifteen per cent more for each request. They are shortest
 * while a request of a line is being answered of which no other waits, as it asks for less than its share: that costs much for
 * each of the few that begin then, and little in all, as long as such a line asks seldom. One that asks often soon has more that waits.
 */
export class Entrance {
  readonly #sizes: TurnSizes
  readonly #onShared: (isShared: boolean) => void
  #isShared = false
  /** Grows in turns that are shared, falls in others. From {@link SHARED_FOR_TURNS} on, turns are shared. */
  #sharing = 0
  #hurriedForTurns = 0
  /** No longer than what all connections together may have in work: refusing takes more than to let wait. */
  readonly #queue = new FairQueue<Begin>(Infinity)
  #isScheduled = false

  /** Calls `onShared` when several lines begin to ask, and when only one has asked for a while. */
  constructor({ onShared, sizes = SIZES }: { onShared: (isShared: boolean) => void; sizes?: TurnSizes }) {
    this.#onShared = onShared
    this.#sizes = sizes
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
    this.#hurriedForTurns -= 1
    this.#noteSharing(this.#queue.busyAccounts > 1)
    const fits = this.#queue.waiting <= this.#sizes.usual
    for (let begun = 0; begun < (fits ? this.#sizes.usual : this.#size()); begun++) {
      const turn = this.#queue.next()
      if (turn === undefined) return
      if (!fits && !this.#queue.hasMore(turn)) this.#hurriedForTurns = HURRIED_FOR_TURNS
      turn.item(turn)
    }
    if (this.#queue.waiting > 0) this.#schedule()
  }

  #size(): number {
    const { usual, shared, hurried } = this.#sizes
    if (this.#hurriedForTurns > 0) return hurried
    return this.#isShared ? shared : usual
  }

  #noteSharing(isSharedNow: boolean): void {
    this.#sharing = Math.max(0, this.#sharing + (isSharedNow ? SHARED_TURN : -1))
    const isShared = this.#sharing >= SHARED_FOR_TURNS
    if (isShared && isSharedNow) this.#sharing = 2 * SHARED_FOR_TURNS
    if (isShared === this.#isShared) return
    this.#isShared = isShared
    this.#onShared(isShared)
  }
}
