import type { Directory } from '../../directory/directory.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Clock } from '../../platform/clock.ts'
import { changedRates, type ChangedRates, SETTING } from './changed-rates.ts'
import { usualRate } from './rates.ts'
import { tooFast } from './too-fast.ts'

/** What may still be asked for in this second, as it was at some time. */
interface Bucket {
  tokens: number
  atMs: number
}

/** Whose requests are counted together. */
export interface Counted {
  accountId: string
  region: string
  group: string
}

/** More than are in use within a second; a bucket that is forgotten is full when it comes back. */
const MAX_BUCKETS = 50_000

/**
 * Steps of the evaluation of policies for one account: an eighth of a second or so. At the highest of AWS's rates, 100,000 requests
 * a second, every request may take a hundred, which is what ordinary policies do.
 */
const DECISION_STEPS_PER_SECOND = 10_000_000

/**
 * Request rates: one token bucket for each account, Region and group, which holds what may be asked for in one second.
 * There is no timer: a bucket fills by the time that has passed when it is looked at. Rates that an operator changed
 * hold from the next request on, as the directory follows the store.
 */
export class Throttle {
  readonly #clock: Clock
  readonly #directory: Directory
  readonly #workers: number
  readonly #buckets = new BoundedCache<Bucket>(MAX_BUCKETS)
  #changed: { body: string | undefined; rates: ChangedRates } = { body: undefined, rates: {} }

  /** `workers`: how many processes share the rates; each admits its part. */
  constructor({ clock, directory }: { clock: Clock; directory: Directory }, workers: number) {
    this.#clock = clock
    this.#directory = directory
    this.#workers = workers
  }

  /** Counts one request. Throws ThrottlingException when its bucket is empty. */
  async admit({ accountId, region, group }: Counted): Promise<void> {
    const rates = await this.#changedRates()
    const perSecond = (rates[group] ?? usualRate(group, region)) / this.#workers
    const nowMs = this.#clock.monotonic()
    const id = `${accountId}/${region}/${group}`
    // A bucket holds one request at least, or none would ever be admitted at less than one in a second.
    const most = Math.max(1, perSecond)
    const bucket = this.#buckets.get(id) ?? this.#fullBucket(id, most, nowMs)
    bucket.tokens = Math.min(most, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = nowMs
    if (bucket.tokens < 1) throw tooFast()
    bucket.tokens -= 1
  }

  /** Throws ThrottlingException while the evaluation of policies for this account took more than its part of the time. */
  admitDecision(accountId: string): void {
    if (this.#decisions(accountId).tokens <= 0) throw tooFast()
  }

  /** Counts what one decision for this account took. */
  decided(accountId: string, steps: number): void {
    this.#decisions(accountId).tokens -= steps
  }

  #decisions(accountId: string): Bucket {
    const nowMs = this.#clock.monotonic()
    const most = DECISION_STEPS_PER_SECOND / this.#workers
    const id = `${accountId}//decisions`
    const bucket = this.#buckets.get(id) ?? this.#fullBucket(id, most, nowMs)
    bucket.tokens = Math.min(most, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * most)
    bucket.atMs = nowMs
    return bucket
  }

  #fullBucket(id: string, tokens: number, atMs: number): Bucket {
    const bucket = { tokens, atMs }
    this.#buckets.set(id, bucket)
    return bucket
  }

  async #changedRates(): Promise<ChangedRates> {
    const body = (await this.#directory.setting(SETTING))?.value
    if (body !== this.#changed.body) this.#changed = { body, rates: changedRates(body) }
    return this.#changed.rates
  }
}
