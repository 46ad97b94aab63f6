/** The accuracy that counts of a table need. */
export interface CountLimits {
  /** Below this, an upper bound is enough. */
  exactFrom: number
  /** Counts stop at this number. */
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
  /** The number of reported changes when the count started. */
  changes: number
}

/** The number of owners with a cached count. Above it, all are counted again. */
const MAX_OWNERS = 10_000

/**
 * Counts the rows of each owner in a table. Counting takes time in proportion to the rows (5 ms for 50,000), so it is
 * done only near a limit: each change of a row, of any owner, increases every owner's upper bound by one. Counts exist
 * only in memory, so a crash cannot make them wrong.
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

  /** Changes were missed. A count in progress is then stored where no call looks. */
  clear(): void {
    this.#counted = new Map()
  }

  /** Returns the number of the owner's rows, at most `most`. A number below `exactFrom` can be too high. */
  async count(owner: Owner): Promise<number> {
    const known = this.#counted.get(this.#source.name(owner))
    if (known) {
      const atMost = this.#boundOf(known)
      if (atMost < this.#limits.exactFrom || atMost === known.rows) return atMost
    }
    return await this.#countAnew(owner)
  }

  /**
   * Returns whether the owner can have `rows` rows or more. `false` is certain. `true` can be outdated by as many
   * changes as lie between `rows` and `exactFrom`, so that an owner with that many rows is not counted after each
   * change.
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
