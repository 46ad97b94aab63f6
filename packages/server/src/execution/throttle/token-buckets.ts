import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Clock } from '../../platform/clock.ts'

/** The remaining requests of this second, at a given time. */
export interface Bucket {
  tokens: number
  atMs: number
}

/** More than are in use within a second. A bucket that is evicted is full when it is created again. */
const MAX_BUCKETS = 50_000

/** Token buckets by name. There is no timer: a bucket is refilled by the elapsed time when it is read. */
export class TokenBuckets {
  readonly #clock: Clock
  readonly #buckets = new BoundedCache<Bucket>(MAX_BUCKETS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes a token from a bucket with the capacity of one second. Returns false if it is empty. */
  take(name: string, perSecond: number): boolean {
    const bucket = this.filled(name, perSecond)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  /** Returns the bucket, refilled to the present time. */
  filled(name: string, perSecond: number): Bucket {
    const nowMs = this.#clock.monotonic()
    // A bucket holds at least one request. Otherwise rates below one per second would admit none.
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
