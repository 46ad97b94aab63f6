/** One account's work: what waits, and when its next piece starts in virtual time. */
interface Flow<T> {
  waiting: T[]
  running: number
  /** Virtual milliseconds: grows by what the account's work takes. */
  tag: number
  /** What a piece of the account's work took lately, in milliseconds: its price until it was measured. */
  costMs: number
}

/** A piece of work whose turn has come. {@link FairQueue.ended} is told of it when it has ended. */
export interface Turn<T> {
  accountId: string
  item: T
  /** What the account was charged for it at its start. */
  chargedMs: number
}

/** Time is measured, and some clocks stand still: a turn is never free. */
const LEAST_COST_MS = 0.1
/** Accounts that have nothing to do and are remembered for what they used last. */
const MAX_IDLE_FLOWS = 1000

/**
 * Work of many accounts, handed out so that each account that has any gets the same share of time: start-time fair
 * queueing (Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996). What a piece of work takes is not known
 * before it has ended: an account pays what its last ones took, and the difference afterwards. Work of one account
 * keeps its order.
 *
 * An account may fill no more places than it leaves free, so that others always find some (dynamic thresholds:
 * Choudhury and Hahne, 1998): a single account gets half of `maxWaiting`.
 */
export class FairQueue<T> {
  readonly #maxWaiting: number
  readonly #maxRunningPerAccount: number
  readonly #flows = new Map<string, Flow<T>>()
  /** Those of them of which something waits: what has nothing to do is not looked at to find the next. */
  readonly #ready = new Map<string, Flow<T>>()
  #virtualMs = 0
  #waiting = 0
  #busyAccounts = 0
  #running = 0

  constructor(maxWaiting: number, maxRunningPerAccount = Infinity) {
    this.#maxWaiting = maxWaiting
    this.#maxRunningPerAccount = maxRunningPerAccount
  }

  /** How many accounts are remembered. */
  get accounts(): number {
    return this.#flows.size
  }

  /** How much waits. */
  get waiting(): number {
    return this.#waiting
  }

  /** How many accounts have anything that waits or runs. */
  get busyAccounts(): number {
    return this.#busyAccounts
  }

  /** Lets `item` wait for its turn. `isImmediate`: a turn is free, so that it takes no place. False: no place is left. */
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

  /** The next turn: of the account that had the least time of those that may start one. */
  next(): Turn<T> | undefined {
    let found: { accountId: string; flow: Flow<T> } | undefined
    for (const [accountId, flow] of this.#ready) {
      const mayStart = flow.running < this.#maxRunningPerAccount
      if (mayStart && (found === undefined || flow.tag < found.flow.tag)) found = { accountId, flow }
    }
    return found && this.#start(found.accountId, found.flow)
  }

  /** Whether the account has more that waits: it asks for more than it gets. */
  hasMore({ accountId }: Turn<T>): boolean {
    return this.#ready.has(accountId)
  }

  /** The work has ended, after so long. */
  ended({ accountId, chargedMs }: Turn<T>, tookMs: number): void {
    const flow = this.#flows.get(accountId)
    if (flow === undefined) throw new Error('work has ended that had no turn')
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

  /** An account that comes has no claim on the time before, and still owes what it used beyond its share. */
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

  /** When nothing is left to do, nothing has to be shared; and few accounts that have nothing to do are remembered. */
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
