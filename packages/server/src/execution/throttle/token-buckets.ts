import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Clock } from '../../platform/clock.ts'

/** What may still be asked for in this second, as it was at some time. */
export interface Bucket {
  tokens: number
  atMs: number
}

/** More than are in use within a second; a bucket that is forgotten is full when it comes back. */
const MAX_BUCKETS = 50_000

/** Token buckets by name. There is no timer: a bucket fills by the time that has passed when it is looked at. */
export class TokenBuckets {
  readonly #clock: Clock
  readonly #buckets = new BoundedCache<Bucket>(MAX_BUCKETS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes a token of the bucket that holds what may be asked for in one second. False: there is none. */
  take(name: string, perSecond: number): boolean {
    const bucket = this.filled(name, perSecond)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  /** The bucket as it is now. */
  filled(name: string, perSecond: number): Bucket {
    const nowMs = this.#clock.monotonic()
    // A bucket holds one request at least, or none would ever be admitted at less than one in a second.
    const most = Math.max(1, perSecond)
    const bucket = this.#buckets.get(name) ?? this.#full(name, most, nowMs)
    bucket.tokens = Math.min(most, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = nowMs
    return bucket
  }

  #full(name: string, tokens: number, atMs: number): Bucket {
    const bucket = { tokens, atMs }
    this.#buckets.set(name, bucket)
    return bucket
  }
}
