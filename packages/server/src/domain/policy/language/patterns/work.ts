/**
 * The maximum number of steps for one decision, over all its policies: about two milliseconds. Ordinary decisions take
 * about a hundred steps. The largest set of policies that AWS's quotas allow for one user, filled with patterns, takes
 * a third of the limit.
 */
export const WORK_LIMIT = 150_000

/**
 * Meters the work that grows with the product of policy size and request size: pattern searches, comparisons of lists,
 * values of variables, and work that grows with the policies alone. A policy can have 32 KiB, a user about a hundred
 * policies, and an encryption context 8 KiB, so an attacker could use their product. Once the limit is reached every
 * comparison fails, statements take the restrictive result (Allow statements do not apply, Deny statements do), and the
 * request is denied.
 */
export class Work {
  #left: number
  #prepared = 0
  readonly #limit: number

  constructor(limit: number = WORK_LIMIT) {
    this.#left = limit
    this.#limit = limit
  }

  /** Takes `steps`. Returns false if fewer are left, from then on always. */
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

  /**
   * Counts the work of parsing policies. It does not count towards the decision, which must not depend on what is
   * cached.
   */
  prepare(steps: number): void {
    this.#prepared += steps
  }

  get prepared(): number {
    return this.#prepared
  }
}
