/** Where a count must come to be asked for. */
export interface CountLimits {
  /** Below this, an upper bound does as well as a count. */
  exactFrom: number
  /** Nobody wants to know how many more there are. */
  most: number
}

interface Counted {
  rows: number
  /** How many changes had been heard of when the counting began. */
  changes: number
}

/** Of the owners whose rows were counted; beyond, all are counted anew. */
const MAX_OWNERS = 10_000

/**
 * How many rows of a table each owner has. Counting takes time in proportion to the rows, so that it is done only when it
 * may matter: each change of a row, whosever, made every owner's rows at most one more than they were. Nothing is stored
 * but in memory, and nothing has to be right after a crash.
 */
export class RowCounts {
  readonly #count: (owner: string, most: number) => Promise<number>
  #counted = new Map<string, Counted>()
  #changes = 0

  constructor(count: (owner: string, most: number) => Promise<number>) {
    this.#count = count
  }

  /** One row of the table was inserted, updated or deleted. */
  changed(): void {
    this.#changes++
  }

  /** It is unknown what changed. What is being counted now is kept where nobody looks any more. */
  clear(): void {
    this.#counted = new Map()
  }

  /** The number of the owner's rows, no further than `most`; one that is below `exactFrom` may be too high. */
  async count(owner: string, { exactFrom, most }: CountLimits): Promise<number> {
    const known = this.#counted.get(owner)
    if (known) {
      const atMost = known.rows + this.#changes - known.changes
      if (atMost < exactFrom || atMost === known.rows) return atMost
    }
    return await this.#countAnew(owner, most)
  }

  async #countAnew(owner: string, most: number): Promise<number> {
    const [counted, changes] = [this.#counted, this.#changes]
    const rows = await this.#count(owner, most)
    if (counted.size >= MAX_OWNERS) counted.clear()
    counted.set(owner, { rows, changes })
    return rows
  }
}
