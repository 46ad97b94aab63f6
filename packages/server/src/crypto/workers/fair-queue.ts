/** The work of one account: what waits, and the virtual time at which its next item starts. */
interface Flow<T> {
  waiting: T[]
  running: number
  /** Virtual milliseconds. Grows by the time that the account's work takes. */
  tag: number
  /** How long the account's recent work took, in milliseconds: the price of an item until it is measured. */
  costMs: number
}

/** An item whose turn has come. The caller reports its end to {@link FairQueue.ended}. */
export interface Turn<T> {
  accountId: string
  item: T
  /** What the account was charged when the item started. */
  chargedMs: number
}

/** The least charge for an item. Measured time can be zero, and no item is free. */
const LEAST_COST_MS = 0.1
/** How many idle accounts are kept, with what they used last. */
const MAX_IDLE_FLOWS = 1000

/**
 * Schedules work of many accounts so that each active account gets the same share of time: start-time fair queueing
 * (Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996). The cost of an item is unknown until it ends: an
 * account is charged the cost of its recent items at the start, and the difference afterwards. Items of one account
 * keep their order.
 *
 * An account can fill no more places than it leaves free, so that others always find some (dynamic thresholds:
 * Choudhury and Hahne, 1998). A single account gets half of `maxWaiting`.
 */
export class FairQueue<T> {
  readonly #maxWaiting: number
  readonly #maxRunningPerAccount: number
  readonly #flows = new Map<string, Flow<T>>()
  /** The flows that have a waiting item. Finding the next item looks only at these. */
  readonly #ready = new Map<string, Flow<T>>()
  #virtualMs = 0
  #waiting = 0
  #busyAccounts = 0
  #running = 0

  constructor(maxWaiting: number, maxRunningPerAccount = Infinity) {
    this.#maxWaiting = maxWaiting
    this.#maxRunningPerAccount = maxRunningPerAccount
  }

  /** How many accounts are kept. */
  get accounts(): number {
    return this.#flows.size
  }

  /** How many items wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** How many accounts have items that wait or run. */
  get busyAccounts(): number {
    return this.#busyAccounts
  }

  /**
   * Queues `item`. `isImmediate` means that a slot is free, so the item takes no place in the queue. Returns false if
   * no place is left.
   */
  add(accountId: string, item: T, isImmediate: boolean): boolean {
    const flow = this.#flows.get(accountId)
    const own = flow?.waiting.length ?? 0
    const mayStart = isImmediate && own === 0 && (flow?.running ?? 0) < this.#maxRunningPerAccount
    if (!mayStart && own >= Math.max(1, this.#maxWaiting) - this.#waiting) return false
    const waiting = this.#flowOf(accountId)
    waiting.waiting.push(item)
    this.#ready.set(accountId, waiting)
    this.#waiting += 1
    return true
  }

  /** The next item: from the account with the least virtual time of those that can start one. */
  next(): Turn<T> | undefined {
    let found: { accountId: string; flow: Flow<T> } | undefined
    for (const [accountId, flow] of this.#ready) {
      const mayStart = flow.running < this.#maxRunningPerAccount
      if (mayStart && (found === undefined || flow.tag < found.flow.tag)) found = { accountId, flow }
    }
    return found && this.#start(found.accountId, found.flow)
  }

  /** Whether the account has more items waiting: it asks for more than it gets. */
  hasMore({ accountId }: Turn<T>): boolean {
    return this.#ready.has(accountId)
  }

  /** Records that the item has ended after `tookMs`. Throws for an item that was never started. */
  ended({ accountId, chargedMs }: Turn<T>, tookMs: number): void {
    const flow = this.#flows.get(accountId)
    if (flow === undefined) throw new Error('an item ended that was never started')
    const costMs = Math.max(LEAST_COST_MS, tookMs)
    flow.running -= 1
    flow.tag += costMs - chargedMs
    flow.costMs = (flow.costMs + costMs) / 2
    this.#running -= 1
    if (isIdle(flow)) this.#busyAccounts -= 1
    this.#forgetIdle()
  }

  #start(accountId: string, flow: Flow<T>): Turn<T> {
    const item = flow.waiting.shift() as T
    if (flow.waiting.length === 0) this.#ready.delete(accountId)
    this.#virtualMs = Math.max(this.#virtualMs, flow.tag)
    const chargedMs = flow.costMs
    flow.tag += chargedMs
    flow.running += 1
    this.#waiting -= 1
    this.#running += 1
    return { accountId, item, chargedMs }
  }

  /**
   * A new account starts at the current virtual time: it gets no credit for the past, and still owes what it used
   * beyond its share.
   */
  #flowOf(accountId: string): Flow<T> {
    const known = this.#flows.get(accountId)
    const flow = known ?? { waiting: [], running: 0, tag: 0, costMs: LEAST_COST_MS }
    if (isIdle(flow)) {
      flow.tag = Math.max(flow.tag, this.#virtualMs)
      this.#busyAccounts += 1
    }
    this.#flows.set(accountId, flow)
    return flow
  }

  /**
   * With no work left there is nothing to share, so all accounts are forgotten; otherwise only the idle ones beyond the
   * limit.
   */
  #forgetIdle(): void {
    const active = this.#waiting + this.#running
    if (active === 0 && this.#flows.size > MAX_IDLE_FLOWS) this.#flows.clear()
    if (this.#flows.size <= MAX_IDLE_FLOWS + active) return
    for (const [accountId, flow] of this.#flows) {
      if (isIdle(flow)) this.#flows.delete(accountId)
    }
  }
}

function isIdle({ waiting, running }: Flow<unknown>): boolean {
  return waiting.length === 0 && running === 0
}
