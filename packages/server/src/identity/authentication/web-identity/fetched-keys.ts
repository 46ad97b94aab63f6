import type { Outbound } from '../../../platform/outbound/outbound.ts'
import { OutboundError } from '../../../platform/outbound/outbound-error.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Logger } from '../../../platform/logger.ts'
import { fetchKeySet } from './discovery.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { type KeySet, KeySetError } from './key-set.ts'
import { keysUnavailable } from './refusal.ts'

/** Keys of this age are fetched again before use. A key can stay in use for this long after the issuer withdraws it. */
const REFRESH_AFTER_MS = 10 * 60 * 1000
/** If fetching fails, keys are used up to this age. */
const KEEP_FOR_MS = 60 * 60 * 1000
/** The minimum time between two attempts, whatever started them and however they ended. */
const RETRY_AFTER_MS = 10 * 1000

/** What {@link FetchedKeys} needs. */
export interface FetchedKeysDependencies {
  outbound: Outbound
  clock: Clock
  logger: Logger
}

/**
 * The keys that an issuer publishes. Only one attempt to fetch them runs at a time, and all callers wait for it. The
 * next starts at least RETRY_AFTER_MS later. So forged tokens cause no more calls than genuine ones, and unknown keys
 * need no cache of their own.
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

  /** The age of the keys counts from the request for them. */
  async #fetch(atMs: number): Promise<void> {
    const { outbound, logger } = this.#dependencies
    try {
      this.#fetched = { keys: await fetchKeySet(this.#issuer, outbound), atMs }
    } catch (error) {
      if (!(error instanceof OutboundError || error instanceof KeySetError)) throw error
      logger.warn(
        'the keys of an OpenID Connect issuer cannot be fetched: its tokens are refused once the last ones are too old',
        {
          issuer: this.#issuer,
          error,
        },
      )
    }
  }

  #nowMs(): number {
    return this.#dependencies.clock.monotonic()
  }
}
