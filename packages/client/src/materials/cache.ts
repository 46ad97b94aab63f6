import type { Secret } from '@keyhold/protocol'
import { aPositive, optional, type Shape } from '../base/arguments.ts'

/** How long and for how much one data key may serve. */
export interface CacheLimits {
  /** A data key is wiped this long after it was made or opened, used or not. */
  maxAgeMs: number
  /** Messages that are encrypted under one data key. */
  maxMessages: number
  /** Bytes of plaintext that are encrypted under one data key. */
  maxBytes: number
  /** Data keys that are held at once; the one that was used longest ago makes room. Default: 1000. */
  maxEntries?: number
}

export const CACHE_SHAPE: Shape<CacheLimits> = {
  maxAgeMs: aPositive,
  maxMessages: aPositive,
  maxBytes: aPositive,
  maxEntries: optional(aPositive),
}

/** What a cache has done since it was made. */
export interface CacheStats {
  /** Requests to the keyring that were not needed: each would have called its KMS once or more. */
  readonly callsSaved: number
  /** Requests to the keyring that were needed, or whose answers must not be cached. */
  readonly callsMade: number
  /** Data keys that are held now. */
  readonly entries: number
  /** Data keys that were wiped: for their age or use, or to make room. */
  readonly evictions: number
}

/** The cache of an envelope. One without limits holds nothing. */
export interface DataKeyCache {
  readonly stats: CacheStats
  /** Wipes every data key that is held. */
  clear(): void
}

export interface CacheEntry {
  readonly dataKey: Secret
}

interface Held<T> {
  entry: T
  expiresAtMs: number
}

/** What time it is, and being called later. */
export interface CacheTime {
  /** Milliseconds that never run backwards. */
  now(): number
  /** Must not keep the process alive. Returns what cancels it. */
  later(delayMs: number, task: () => void): () => void
}

/**
 * Entries by name, each with a secret that is wiped when the entry leaves: by age, to make room, or when the caller
 * takes it out. Reading an entry makes it the youngest.
 */
export class SecretCache<T extends CacheEntry> {
  readonly #held = new Map<string, Held<T>>()
  readonly #maxAgeMs: number
  readonly #maxEntries: number
  readonly #time: CacheTime
  #cancelSweep: (() => void) | undefined
  #evictions = 0

  constructor(maxAgeMs: number, maxEntries: number, time: CacheTime) {
    this.#maxAgeMs = maxAgeMs
    this.#maxEntries = maxEntries
    this.#time = time
  }

  get size(): number {
    return this.#held.size
  }

  get evictions(): number {
    return this.#evictions
  }

  get(name: string): T | undefined {
    const held = this.#held.get(name)
    if (held === undefined) return undefined
    if (held.expiresAtMs <= this.#time.now()) {
      this.delete(name)
      return undefined
    }
    this.#held.delete(name)
    this.#held.set(name, held)
    return held.entry
  }

  /** Takes ownership of the entry's secret. */
  put(name: string, entry: T): void {
    this.delete(name)
    if (this.#held.size >= this.#maxEntries) this.delete(this.#held.keys().next().value!)
    this.#held.set(name, { entry, expiresAtMs: this.#time.now() + this.#maxAgeMs })
    this.#cancelSweep ??= this.#time.later(this.#maxAgeMs, () => this.#sweep())
  }

  delete(name: string): void {
    const held = this.#held.get(name)
    if (held === undefined) return
    held.entry.dataKey.wipe()
    this.#held.delete(name)
    this.#evictions += 1
  }

  clear(): void {
    for (const name of this.#held.keys()) this.delete(name)
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
  }

  /** So that what is not asked for again does not stay in memory. */
  #sweep(): void {
    const nowMs = this.#time.now()
    let nextMs = Number.POSITIVE_INFINITY
    for (const [name, { expiresAtMs }] of this.#held) {
      if (expiresAtMs <= nowMs) this.delete(name)
      else nextMs = Math.min(nextMs, expiresAtMs)
    }
    this.#cancelSweep = undefined
    if (this.#held.size > 0) this.#cancelSweep = this.#time.later(nextMs - nowMs, () => this.#sweep())
  }
}

/** Longer delays overflow, and would be none at all. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The platform's timers, so that they keep no process alive on platforms where they could. */
export const TIMERS: CacheTime = Object.freeze({
  now: () => performance.now(),
  later: (delayMs: number, task: () => void) => {
    const timer: unknown = setTimeout(task, Math.min(delayMs, MAX_DELAY_MS))
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  },
})
