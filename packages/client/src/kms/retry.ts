import { aCount, aPositive, optional } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'

/** How calls are repeated. */
export interface RetryPolicy {
  /** The first one included. */
  maxAttempts: number
  /** The most that is waited before the second attempt; doubled before each further one, up to `maxDelayMs`. */
  baseDelayMs: number
  maxDelayMs: number
}

export const RETRY_SHAPE: Shape<RetryPolicy> = {
  maxAttempts: optional(aPositive),
  baseDelayMs: optional(aCount),
  maxDelayMs: optional(aCount),
}

export const DEFAULT_RETRY: RetryPolicy = Object.freeze({ maxAttempts: 4, baseDelayMs: 100, maxDelayMs: 5000 })

/** What chance and time the loop works with. */
export interface RetryRuntime {
  /** From 0 to below 1. It spreads load, and guards nothing. */
  random(): number
  /** Rejects with the signal's reason once that aborts. */
  sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void>
}

/**
 * Repeats a call while `mayRepeat` says so. The delays have full jitter: anything from nothing to the limit, so that
 * clients which failed together do not come back together.
 */
export async function withRetries<T>(
  call: () => Promise<T>,
  mayRepeat: (error: unknown) => boolean,
  policy: RetryPolicy,
  runtime: RetryRuntime,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      signal?.throwIfAborted()
      if (attempt >= policy.maxAttempts || !mayRepeat(error)) throw error
    }
    const limitMs = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1))
    await runtime.sleep(runtime.random() * limitMs, signal)
  }
}
