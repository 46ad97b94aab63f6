/** How a list is found: its group is forgotten as a whole, when any row of it changes. */
interface Place {
  group: string
  id: string
}

/**
 * A bounded cache of lists that are read from many rows, such as the grants on a key for one grantee. A change names a
 * row and not the lists that it was in, so lists belong to groups (the key), and a change drops its group.
 */
export class ListCache<T> {
  readonly #load: (place: Place) => Promise<T>
  readonly #maxGroups: number
  readonly #groups = new Map<string, Map<string, T>>()
  /** Counts invalidations: a list read before one of them may be stale and is not kept. */
  #epoch = 0

  constructor(load: (place: Place) => Promise<T>, maxGroups: number) {
    this.#load = load
    this.#maxGroups = maxGroups
  }

  /** The list if it is in memory. */
  peek({ group, id }: Place): T | undefined {
    return this.#groups.get(group)?.get(id)
  }

  async get(place: Place): Promise<T> {
    const known = this.peek(place)
    if (known !== undefined) return known
    const epoch = this.#epoch
    const list = await this.#load(place)
    if (epoch === this.#epoch) this.#keep(place, list)
    return list
  }

  invalidate(group: string): void {
    this.#epoch++
    this.#groups.delete(group)
  }

  clear(): void {
    this.#epoch++
    this.#groups.clear()
  }

  #keep({ group, id }: Place, list: T): void {
    const lists = this.#groups.get(group) ?? new Map<string, T>()
    this.#groups.set(group, lists)
    if (lists.size >= MAX_LISTS_IN_GROUP) lists.clear()
    lists.set(id, list)
    if (this.#groups.size <= this.#maxGroups) return
    const [oldest] = this.#groups.keys()
    this.#groups.delete(oldest!)
  }
}

/** More grantees than use one key at a time; callers choose them, so they must not fill memory. */
const MAX_LISTS_IN_GROUP = 10_000
