import type { Listed, Source } from './pages.ts'

/** The same list with a prefix on its ids. After an id of an earlier list, it starts from the beginning. */
export function under<T>(prefix: string, source: Source<T>): Source<T> {
  return async function* (after = '') {
    const isOfAnother = !after.startsWith(prefix)
    if (isOfAnother && after > prefix) return
    for await (const { id, value } of source(isOfAnother ? undefined : after.slice(prefix.length))) {
      yield { id: prefix + id, value }
    }
  }
}

/** Concatenates lists with {@link under} prefixes, in the order of the prefixes. */
export function oneAfterTheOther<T>(...sources: readonly Source<T>[]): Source<T> {
  return async function* (after?: string): AsyncGenerator<Listed<T>> {
    for (const source of sources) yield* source(after)
  }
}
