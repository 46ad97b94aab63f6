import type { Directory } from '../../identity/directory/directory.ts'
import type { Clock } from '../../platform/clock.ts'
import { changedRates, type ChangedRates, SETTING } from './changed-rates.ts'
import { type RateGroup, usualRate } from './rates.ts'
import { type Bucket, TokenBuckets } from './token-buckets.ts'
import { tooFast } from './too-fast.ts'

/** What requests are counted by. */
export interface Counted {
  accountId: string
  region: string
  group: RateGroup
}

/**
 * Refusals of one account that are answered at once per second: as many as clients with retries cause by mistake.
 * Further ones are delayed accordingly.
 */
const REFUSALS_PER_SECOND = 100
/**
 * The minimum and maximum delay of a delayed response. Its connection is not read meanwhile. Clients wait longer than
 * the maximum.
 */
const LEAST_HOLD_MS = 100
const MOST_HOLD_MS = 5000

/**
 * Steps of policy evaluation for one account: about sixty milliseconds per second. At 10,000 requests per second, each
 * can use five hundred, several times what ordinary policies need.
 */
const DECISION_STEPS_PER_SECOND = 5_000_000

/** Larger than the bodies of frequent requests: cryptographic ones, and those for credentials. */
const USUAL_BODY_BYTES = 16 * 1024

/** The cost of a policy document, which is parsed to be checked and again to be stored. */
const STEPS_PER_CHARACTER = 20

/**
 * Enforces request rates: one token bucket for each account, Region and group, which holds the requests of one second.
 * Rates that an operator changes apply from the next request on, because the directory follows the store.
 */
export class Throttle {
  readonly #directory: Directory
  #workers: number | undefined
  readonly #buckets: TokenBuckets
  readonly #refusals: TokenBuckets
  #changed: { body: string | undefined; rates: ChangedRates } = { body: undefined, rates: {} }

  /** `workers` is the number of processes that share the rates; each admits its part. See {@link shareWith}. */
  constructor({ clock, directory }: { clock: Clock; directory: Directory }, workers: number | undefined) {
    this.#buckets = new TokenBuckets(clock)
    this.#refusals = new TokenBuckets(clock)
    this.#directory = directory
    this.#workers = workers
  }

  /**
   * Changes the number of processes that share the rates; `undefined`: no rate is enforced. Applies from the next request on.
   */
  shareWith(workers: number | undefined): void {
    this.#workers = workers
  }

  /** Counts a request. Throws ThrottlingException if its bucket is empty. */
  async admit({ accountId, region, group }: Counted): Promise<void> {
    const rates = await this.#changedRates()
    const workers = this.#workers
    if (workers === undefined) return
    const perSecond = (rates[group.name] ?? usualRate(group, region)) / workers
    if (!this.#buckets.take(`${accountId}/${region}/${group.name}`, perSecond)) throw tooFast(group)
  }

  /** Throws ThrottlingException while the policy evaluation for this payer exceeds its share of time. */
  admitDecision(payer: string): void {
    const bucket = this.#decisions(payer)
    if (bucket && bucket.tokens <= 0) throw tooFast()
  }

  /** Charges the cost of a decision to this payer: an account, or the web identities of one. */
  decided(payer: string, steps: number): void {
    const bucket = this.#decisions(payer)
    if (bucket) bucket.tokens -= steps
  }

  /**
   * Charges the reading of a body, whose time grows with its size as evaluation grows with its steps. Throws
   * ThrottlingException as {@link admitDecision}. Bodies of usual sizes are free.
   */
  admitBody(payer: string, bytes: number): void {
    if (bytes <= USUAL_BODY_BYTES) return
    this.admitDecision(payer)
    this.decided(payer, bytes - USUAL_BODY_BYTES)
  }

  /** Charges the reading of policy documents. Throws ThrottlingException as {@link admitDecision}. */
  admitDocuments(payer: string, characters: number): void {
    if (characters === 0) return
    this.admitDecision(payer)
    this.decided(payer, characters * STEPS_PER_CHARACTER)
  }

  #decisions(payer: string): Bucket | undefined {
    const workers = this.#workers
    return workers === undefined
      ? undefined
      : this.#buckets.filled(`${payer}//decisions`, DECISION_STEPS_PER_SECOND / workers)
  }

  /**
   * Counts a request that was refused by {@link admit}. Returns the delay of its response in milliseconds, usually 0:
   * an account whose clients do not slow down by themselves is slowed down, because refusing takes the server's time
   * too. The responses are spaced, so the number of connections does not matter.
   */
  holdMs(payer: string): number {
    const bucket = this.#refusals.filled(payer, REFUSALS_PER_SECOND)
    bucket.tokens -= 1
    if (bucket.tokens >= 0) return 0
    bucket.tokens = Math.max(bucket.tokens, (-MOST_HOLD_MS / 1000) * REFUSALS_PER_SECOND)
    return Math.max(LEAST_HOLD_MS, (-bucket.tokens / REFUSALS_PER_SECOND) * 1000)
  }

  async #changedRates(): Promise<ChangedRates> {
    const body = await this.#directory.setting(SETTING)
    if (body !== this.#changed.body) this.#changed = { body, rates: changedRates(body) }
    return this.#changed.rates
  }
}
