import type { Outbound } from '../../../platform/outbound/outbound.ts'
import { OutboundError } from '../../../platform/outbound/outbound-error.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Logger } from '../../../platform/logger.ts'
import { fetchKeySet } from './discovery.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { type KeySet, KeySetError } from './key-set.ts'
import { keysUnavailable } from './refusal.ts'

/** Keys of this age are fetched again before they are used: so long may a key outlive its withdrawal. */
const REFRESH_AFTER_MS = 10 * 60 * 1000
/** While fetching fails, keys are used up to this age. */
const KEEP_FOR_MS = 60 * 60 * 1000
/** Between attempts, whatever asked for them and however they ended. */
const RETRY_AFTER_MS = 10 * 1000

export interface FetchedKeysDependencies {
  outbound: Outbound
  clock: Clock
  logger: Logger
}

/**
 * The keys that an issuer publishes. One attempt to fetch them is under way at a time, and everybody waits for it; the
 * next begins at least RETRY_AFTER_MS later. So a stranger with made-up tokens causes no more calls than anybody, and
 * what an unknown key leads to need not be remembered key by key.
 */
export class FetchedKeys implements IssuerKeys {
  readonly #issuer: string
  readonly #dependencies: FetchedKeysDependencies
  #fetched: { keys: KeySet; atMs: number } | undefined
  #attemptedAtMs = Number.NEGATIVE_INFINITY
  #attempt: Promise<void> | undefined

  constructor(issuer: string, dependencies: FetchedKeysDependencies) {
    this.#issuer = issuer
    this.#dependencies = dependencies
  }

  async current(): Promise<KeySet> {
    if (this.#ageMs() > REFRESH_AFTER_MS) await this.#refresh()
    if (this.#fetched === undefined || this.#ageMs() > KEEP_FOR_MS) throw keysUnavailable()
    return this.#fetched.keys
  }

  async renewed(): Promise<KeySet> {
    await this.#refresh()
    return await this.current()
  }

  #ageMs(): number {
    return this.#fetched === undefined ? Number.POSITIVE_INFINITY : this.#nowMs() - this.#fetched.atMs
  }

  async #refresh(): Promise<void> {
    if (this.#attempt === undefined && this.#nowMs() - this.#attemptedAtMs >= RETRY_AFTER_MS) {
      this.#attemptedAtMs = this.#nowMs()
      this.#attempt = this.#fetch(this.#attemptedAtMs).finally(() => (this.#attempt = undefined))
    }
    await this.#attempt
  }

  /** Keys are as old as the question they answer. */
  async #fetch(atMs: number): Promise<void> {
    const { outbound, logger } = this.#dependencies
    try {
      this.#fetched = { keys: await fetchKeySet(this.#issuer, outbound), atMs }
    } catch (error) {
      if (!(error instanceof OutboundError || error instanceof KeySetError)) throw error
      logger.warn('The keys of an issuer cannot be fetched', { issuer: this.#issuer, problem: error.message })
    }
  }

  #nowMs(): number {
    return this.#dependencies.clock.monotonic()
  }
}
