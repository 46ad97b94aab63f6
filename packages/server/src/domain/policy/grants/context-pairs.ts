import { foldCase } from './constraints.ts'

/**
 * The pairs of an encryption context in a form for lookups. By the rule of grants/constraints.ts two pairs are equal if
 * their values are equal and their names differ at most in the case of ASCII letters.
 */
export class ContextPairs {
  readonly #count: number
  readonly #pairs: ReadonlySet<string>

  constructor(...contexts: readonly Readonly<Record<string, string>>[]) {
    const pairs = contexts.flatMap((context) => Object.entries(context))
    this.#count = pairs.length
    this.#pairs = new Set(pairs.map(([name, value]) => JSON.stringify([foldCase(name), value])))
  }

  /** Equal for two contexts exactly if each has all pairs of the other, and the same number of them. */
  get canonical(): string {
    return JSON.stringify([this.#count, ...[...this.#pairs].toSorted()])
  }

  /** The distinct pairs. */
  get pairs(): Iterable<string> {
    return this.#pairs
  }

  includes(pairs: Iterable<string>): boolean {
    for (const pair of pairs) if (!this.#pairs.has(pair)) return false
    return true
  }
}
