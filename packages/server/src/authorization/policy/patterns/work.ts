/** Steps that one decision over one document may take: a millisecond or two. Ordinary documents take a few dozen. */
export const WORK_LIMIT = 500_000

/**
 * Meters what grows with the product of a document's and a request's size: a pattern's search through a text, lists
 * compared with lists, texts that variables bring in. A document has 32 KiB and an encryption context 8, so their
 * product is a weapon. When the limit is reached every comparison fails from then on, and statements decide for the
 * worse: no more of them allow, and those that deny do.
 */
export class Work {
  #left: number
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
}
