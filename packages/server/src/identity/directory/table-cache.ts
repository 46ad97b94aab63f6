/** What a cache keeps, and how much memory it takes: `bytes`. */
interface Weighed {
  readonly bytes: number
}

/** What an entry costs beside its own bytes: objects, strings and the map's own slot, generously rounded. */
const ENTRY_OVERHEAD_BYTES = 1024

/**
 * A bounded cache of one table. The directory reports every change to it. Absent rows are cached too, so that looking
 * up an unknown row costs the same as a known one.
 */
export class TableCache<T extends Weighed> {
  readonly #maxBytes: number
  readonly #entries = new Map<string, T | undefined>()
  #bytes = 0
  /** Counts invalidations: a row that was read before one of them can be stale and is not cached. */
  #epoch = 0
  #hits = 0
  #misses = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** How often the cache had what was asked for, and how often not. */
  get use(): { hits: number; misses: number } {
    return { hits: this.#hits, misses: this.#misses }
  }

  /** The entry of this id, from memory or from `read`, which rejects for a row that is not authentic. */
  async get(id: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const cached = this.#entries.get(id)
    if (cached !== undefined || this.#entries.has(id)) {
      this.#hits++
      return cached
    }
    this.#misses++
    const epoch = this.#epoch
    const entry = await read()
    if (epoch === this.#epoch) this.#keep(id, entry)
    return entry
  }

  invalidate(id: string): void {
    this.#epoch++
    this.#drop(id)
  }

  clear(): void {
    this.#epoch++
    this.#entries.clear()
    this.#bytes = 0
  }

  #keep(id: string, entry: T | undefined): void {
    this.#drop(id)
    this.#entries.set(id, entry)
    this.#bytes += weight(id, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(oldest)
    }
  }

  #drop(id: string): void {
    if (!this.#entries.has(id)) return
    this.#bytes -= weight(id, this.#entries.get(id))
    this.#entries.delete(id)
  }
}

/** Characters take two bytes. */
function weight(id: string, entry: Weighed | undefined): number {
  return ENTRY_OVERHEAD_BYTES + id.length * 2 + (entry?.bytes ?? 0)
}
