import type { Listed, Source } from './pages.ts'

/** The same list, with ids that say which list it is; it begins anew behind an id of a list that comes before it. */
export function under<T>(prefix: string, source: Source<T>): Source<T> {
  return async function* (after = '') {
    const isOfAnother = !after.startsWith(prefix)
    if (isOfAnother && after > prefix) return
    for await (const { id, value } of source(isOfAnother ? undefined : after.slice(prefix.length))) {
      yield { id: prefix + id, value }
    }
  }
}

/** Lists that are {@link under} prefixes, in the order of those. */
export function oneAfterTheOther<T>(...sources: readonly Source<T>[]): Source<T> {
  return async function* (after?: string): AsyncGenerator<Listed<T>> {
    for (const source of sources) yield* source(after)
  }
}
