/**
 * Steps that one decision may take, over all documents that take part in it: some two milliseconds. Ordinary ones take some
 * hundred; the most policies that AWS's quotas let one user have, of patterns to their last byte, a third of the limit.
 */
export const WORK_LIMIT = 150_000

/**
 * Meters what grows with the product of a document's and a request's size: a pattern's search through a text, lists
 * compared with lists, texts that variables bring in, and what grows with documents alone. A document has 32 KiB, a user
 * some hundred of them and an encryption context 8 KiB, so their product is a weapon. When the limit is reached every
 * comparison fails from then on, statements decide for the worse (no more of them allow, and those that deny do), and the
 * decision is a denial.
 */
export class Work {
  #left: number
  #prepared = 0
  readonly #limit: number

  constructor(limit: number = WORK_LIMIT) {
    this.#left = limit
    this.#limit = limit
  }

  /** Takes `steps`; false when there are not so many left, now and ever after. */
  spend(steps: number): boolean {
    this.#left -= steps
    return this.#left >= 0
  }

  get exhausted(): boolean {
    return this.#left < 0
  }

  get spent(): number {
    return this.#limit - this.#left
  }

  /** Counts what it took to read documents. It is no part of the decision, which must not depend on what is in memory. */
  prepare(steps: number): void {
    this.#prepared += steps
  }

  get prepared(): number {
    return this.#prepared
  }
}
