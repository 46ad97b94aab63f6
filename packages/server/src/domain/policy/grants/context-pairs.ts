import { foldCase } from './constraints.ts'

/**
 * The pairs of an encryption context in a form that can be looked up: by the rule of grants/constraints.ts two pairs are
 * the same where the values are, and the names but for the case of ASCII letters.
 */
export class ContextPairs {
  readonly #count: number
  readonly #pairs: ReadonlySet<string>

  constructor(...contexts: readonly Readonly<Record<string, string>>[]) {
    const pairs = contexts.flatMap((context) => Object.entries(context))
    this.#count = pairs.length
    this.#pairs = new Set(pairs.map(([name, value]) => JSON.stringify([foldCase(name), value])))
  }

  /** Equal for two contexts exactly where each has all pairs of the other, and as many. */
  get canonical(): string {
    return JSON.stringify([this.#count, ...[...this.#pairs].toSorted()])
  }

  /** Each pair once. */
  get pairs(): Iterable<string> {
    return this.#pairs
  }

  includes(pairs: Iterable<string>): boolean {
    for (const pair of pairs) if (!this.#pairs.has(pair)) return false
    return true
  }
}
