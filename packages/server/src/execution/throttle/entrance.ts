import { FairQueue, type Turn } from '../../crypto/workers/fair-queue.ts'

/** How many requests start in one turn of the event loop. */
export interface TurnSizes {
  /** Normally: this many get most of the benefit of batching, and more only take longer. */
  usual: number
  /** While several queues are active and more requests wait than fit: others then wait for several turns each time. */
  shared: number
  /**
   * While a request of a queue without further waiting requests is in progress, and more requests of other queues wait
   * than fit.
   */
  hurried: number
}

const SIZES: TurnSizes = { usual: 16, shared: 6, hurried: 2 }
/** For how many turns other active queues are remembered: about ten seconds of a busy server. */
const SHARED_FOR_TURNS = 10_000
/**
 * The weight of a turn with several active queues, relative to a turn with one: twenty such turns show that turns are
 * shared. New connections of an account count as another queue for about six turns each, until a request on them is
 * verified.
 */
const SHARED_TURN = 500
/**
 * For how many turns such a request shortens the turns of others. It is usually answered by then, and slow work
 * shortens them no longer.
 */
const HURRIED_FOR_TURNS = 6

/** A waiting request. */
type Begin = (turn: Turn<Begin>) => void

/**
 * Starts requests, before any costly work for them. In each turn of the event loop only a few start, and the queues
 * take turns: clients with thousands of requests in progress, on many connections or pipelined, wait only for their own
 * requests. A response takes about six turns, in each of which as many requests of others are processed as start in
 * one. So turns are short while they are shared, which costs about fifteen percent more per request. They are shortest
 * while a request of a queue without further waiting requests is in progress, because it uses less than its share. That
 * costs much for each of the few that start then, but little in total, because such a queue is rarely active. A queue
 * that is often active soon has further waiting requests.
 */
export class Entrance {
  readonly #sizes: TurnSizes
  readonly #onShared: (isShared: boolean) => void
  #isShared = false
  /** Increases in shared turns and decreases in others. From {@link SHARED_FOR_TURNS} on, turns are shared. */
  #sharing = 0
  #hurriedForTurns = 0
  /**
   * Bounded by the number of requests that all connections together can have in progress: refusing costs more than
   * waiting.
   */
  readonly #queue = new FairQueue<Begin>(Infinity)
  #isScheduled = false

  /** Calls `onShared` when several queues become active, and when only one has been active for a while. */
  constructor({ onShared, sizes = SIZES }: { onShared: (isShared: boolean) => void; sizes?: TurnSizes }) {
    this.#onShared = onShared
    this.#sizes = sizes
  }

  /** How many requests wait for their turn. */
  get waiting(): number {
    return this.#queue.waiting
  }

  /** Runs `work` when its turn in that queue comes, at the end of this turn of the event loop or of a later one. */
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
