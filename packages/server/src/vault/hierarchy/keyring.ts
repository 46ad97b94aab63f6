import type { KeyObject } from 'node:crypto'
import type { StoredSecret } from './sealing.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'

/** The only place where unwrapped key material outlives a request: KeyObjects, at most `limit` of them. */
export class Keyring {
  readonly #keys: BoundedCache<{ version: number; key: KeyObject }>
  /** Counts deletions: material whose unwrapping began before one of them can be deleted by now, and is not cached. */
  #epoch = 0
  /** Whether material left the cache, by eviction or unused, since it was last collected. */
  #dropped = false
  /** Whether deleted material can still be in memory, unreachable. */
  #remains = false
  #hits = 0
  #misses = 0

  constructor(limit: number) {
    this.#keys = new BoundedCache(limit)
  }

  /** How often the cache had what was asked for, and how often not. */
  get use(): { hits: number; misses: number } {
    return { hits: this.#hits, misses: this.#misses }
  }

  /** Returns the material of this version of `row`, from the cache or by `unwrap`. */
  async get(row: Pick<StoredSecret, 'id' | 'version'>, unwrap: () => Promise<KeyObject>): Promise<KeyObject> {
    const held = this.#keys.get(row.id)
    if (held?.version === row.version) {
      this.#hits++
      return held.key
    }
    this.#misses++
    const epoch = this.#epoch
    const key = await unwrap()
    if (epoch !== this.#epoch) this.#remains = true
    else if (this.#keys.set(row.id, { version: row.version, key })) this.#dropped = true
    return key
  }

  forget(rowId: string): void {
    this.#epoch++
    if (this.#keys.delete(rowId) || this.#dropped) this.#remains = true
  }

  forgetAll(): void {
    this.#epoch++
    this.#keys.clear()
    this.#remains = true
  }

  /**
   * Whether material that must be gone may still be in memory until garbage is collected. The caller collects it now: the
   * next call is about what is forgotten from here on.
   */
  takeRemains(): boolean {
    const remains = this.#remains
    if (remains) this.#dropped = false
    this.#remains = false
    return remains
  }
}
