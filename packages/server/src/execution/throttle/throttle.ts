import type { Directory } from '../../identity/directory/directory.ts'
import type { Clock } from '../../platform/clock.ts'
import { changedRates, type ChangedRates, SETTING } from './changed-rates.ts'
import { type RateGroup, usualRate } from './rates.ts'
import { type Bucket, TokenBuckets } from './token-buckets.ts'
import { tooFast } from './too-fast.ts'

/** Whose requests are counted together. */
export interface Counted {
  accountId: string
  region: string
  group: RateGroup
}

/**
 * Refusals of one account that are answered in a second: as many as clients with retries make by mistake are answered at once,
 * and what is asked beyond that waits until as many seconds have passed.
 */
const REFUSALS_PER_SECOND = 100
/** How long an answer waits that waits at all. Its connection is not read meanwhile. Clients wait longer than the most. */
const LEAST_HOLD_MS = 100
const MOST_HOLD_MS = 5000

/**
 * Steps of the evaluation of policies for one account: some sixty milliseconds of a second. At 10,000 requests
 * a second, each may take five hundred, several times what ordinary policies take.
 */
const DECISION_STEPS_PER_SECOND = 5_000_000

/** Larger than requests that are sent often: cryptographic ones, and those for credentials. */
const USUAL_BODY_BYTES = 16 * 1024

/** What it takes to read a policy document, which is parsed to be accepted and once more to be stored. */
const STEPS_PER_CHARACTER = 20

/**
 * Request rates: one token bucket for each account, Region and group, which holds what may be asked for in one second.
 * Rates that an operator changed hold from the next request on, as the directory follows the store.
 */
export class Throttle {
  readonly #directory: Directory
  readonly #workers: number
  readonly #buckets: TokenBuckets
  readonly #refusals: TokenBuckets
  #changed: { body: string | undefined; rates: ChangedRates } = { body: undefined, rates: {} }

  /** `workers`: how many processes share the rates; each admits its part. */
  constructor({ clock, directory }: { clock: Clock; directory: Directory }, workers: number) {
    this.#buckets = new TokenBuckets(clock)
    this.#refusals = new TokenBuckets(clock)
    this.#directory = directory
    this.#workers = workers
  }

  /** Counts one request. Throws ThrottlingException when its bucket is empty. */
  async admit({ accountId, region, group }: Counted): Promise<void> {
    const rates = await this.#changedRates()
    const perSecond = (rates[group.name] ?? usualRate(group, region)) / this.#workers
    if (!this.#buckets.take(`${accountId}/${region}/${group.name}`, perSecond)) throw tooFast(group)
  }

  /** Throws ThrottlingException while the evaluation of policies for this payer took more than its part of the time. */
  admitDecision(payer: string): void {
    if (this.#decisions(payer).tokens <= 0) throw tooFast()
  }

  /** Counts what one decision for this payer took: an account, or who shares a part of its own beside one. */
  decided(payer: string, steps: number): void {
    this.#decisions(payer).tokens -= steps
  }

  /**
   * Counts the reading of a body, which takes time for each byte as the evaluation of policies does for each step. Throws
   * ThrottlingException as {@link admitDecision}. Bodies of usual sizes cost nothing.
   */
  admitBody(payer: string, bytes: number): void {
    if (bytes <= USUAL_BODY_BYTES) return
    this.admitDecision(payer)
    this.decided(payer, bytes - USUAL_BODY_BYTES)
  }

  /** Counts the reading of policy documents. Throws ThrottlingException as {@link admitDecision}. */
  admitDocuments(payer: string, characters: number): void {
    if (characters === 0) return
    this.admitDecision(payer)
    this.decided(payer, characters * STEPS_PER_CHARACTER)
  }

  #decisions(payer: string): Bucket {
    return this.#buckets.filled(`${payer}//decisions`, DECISION_STEPS_PER_SECOND / this.#workers)
  }

  /**
   * Counts a request that was refused by {@link admit}. Returns for how many milliseconds its answer waits, usually 0: an
   * account whose clients do not slow down by themselves is slowed down, as refusing costs the server time, too. The answers
   * are spaced, so that it does not matter on how many connections they are waited for.
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
