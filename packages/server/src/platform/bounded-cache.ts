/** Holds at most `limit` values by name. A new value evicts the least recently used one. */
export class BoundedCache<T> {
  readonly #limit: number
  /** A Map keeps insertion order, so the first entry is the least recently used one. */
  readonly #entries = new Map<string, T>()

  constructor(limit: number) {
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new RangeError(`the limit of a cache must be at least 1, not ${limit}`)
    this.#limit = limit
  }

  get(name: string): T | undefined {
    const value = this.#entries.get(name)
    if (value !== undefined) {
      this.#entries.delete(name)
      this.#entries.set(name, value)
    }
    return value
  }

  /** Returns whether the least recently used entry had to go for it. */
  set(name: string, value: T): boolean {
    this.#entries.delete(name)
    this.#entries.set(name, value)
    if (this.#entries.size <= this.#limit) return false
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return true
    }
    return false
  }

  /** Returns whether there was such an entry. */
  delete(name: string): boolean {
    return this.#entries.delete(name)
  }

  clear(): void {
    this.#entries.clear()
  }
}
