/** What a table's counts are for. */
export interface CountLimits {
  /** Below this, an upper bound does as well as a count. */
  exactFrom: number
  /** Counts go no further. */
  most: number
}

/** Where an owner's rows are counted. */
export interface CountSource<Owner> {
  /** What tells the owner from others. */
  name(owner: Owner): string
  /** How many rows the owner has, no further than `most`. */
  count(owner: Owner, most: number): Promise<number>
}

interface Counted {
  rows: number
  /** How many changes had been heard of when the counting began. */
  changes: number
}

/** Of the owners whose rows were counted; beyond, all are counted anew. */
const MAX_OWNERS = 10_000

/**
 * How many rows of a table each owner has. Counting takes time in proportion to the rows (5 ms for 50,000), so it is done only
 * when it may matter: each change of a row, of any owner, makes every owner's rows at most one more than they were. Nothing is
 * stored but in memory, and nothing has to be right after a crash.
 */
export class RowCounts<Owner> {
  readonly #limits: CountLimits
  readonly #source: CountSource<Owner>
  #counted = new Map<string, Counted>()
  #changes = 0

  constructor(limits: CountLimits, source: CountSource<Owner>) {
    this.#limits = limits
    this.#source = source
  }

  /** One row of the table was inserted, updated or deleted. */
  changed(): void {
    this.#changes++
  }

  /** Changes were missed. A count that is under way is kept where no call looks. */
  clear(): void {
    this.#counted = new Map()
  }

  /** The number of the owner's rows, no further than `most`; one that is below `exactFrom` may be too high. */
  async count(owner: Owner): Promise<number> {
    const known = this.#counted.get(this.#source.name(owner))
    if (known) {
      const atMost = this.#boundOf(known)
      if (atMost < this.#limits.exactFrom || atMost === known.rows) return atMost
    }
    return await this.#countAnew(owner)
  }

  /**
   * Whether the owner may have `rows` rows or more. `false` is certain; `true` may be old by as many changes as lie between `rows`
   * and `exactFrom`, so that an owner with so many rows is not counted at each change.
   */
  async mayHave(owner: Owner, rows: number): Promise<boolean> {
    const known = this.#counted.get(this.#source.name(owner))
    if (known !== undefined && this.#boundOf(known) < rows) return false
    if (known !== undefined && known.rows >= rows) return true
    return (await this.#countAnew(owner)) >= rows
  }

  #boundOf({ rows, changes }: Counted): number {
    return rows + this.#changes - changes
  }

  async #countAnew(owner: Owner): Promise<number> {
    const [counted, changes] = [this.#counted, this.#changes]
    const rows = await this.#source.count(owner, this.#limits.most)
    if (counted.size >= MAX_OWNERS) counted.clear()
    counted.set(this.#source.name(owner), { rows, changes })
    return rows
  }
}
