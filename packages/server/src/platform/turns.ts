/** Runs pieces of work one after another, in the order of their arrival, with a limit on how many wait. */
export class Turns {
  readonly #limits: { waiting: number; each: number }
  readonly #waiting = new Map<string, number>()
  #last: Promise<unknown> = Promise.resolve()
  #total = 0

  /** At most `waiting` pieces wait or run at once, and at most `each` per owner. */
  constructor(limits: { waiting: number; each: number }) {
    this.#limits = limits
  }

  /** Runs `work` when its turn comes, and settles like it. Throws the error of `refusal` if too many are waiting. */
  async take<T>(owner: string, work: () => Promise<T>, refusal: () => Error): Promise<T> {
    const own = this.#waiting.get(owner) ?? 0
    if (own >= this.#limits.each || this.#total >= this.#limits.waiting) throw refusal()
    this.#count(owner, 1)
    const before = this.#last
    const turn = before.then(work, work)
    this.#last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      this.#count(owner, -1)
    }
  }

  #count(owner: string, change: 1 | -1): void {
    const own = (this.#waiting.get(owner) ?? 0) + change
    if (own === 0) this.#waiting.delete(owner)
    else this.#waiting.set(owner, own)
    this.#total += change
  }
}
