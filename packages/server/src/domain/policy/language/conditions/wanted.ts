import type { Scope } from '../patterns/template.ts'
import type { Work } from '../patterns/work.ts'
import type { Comparator, Prepared } from './comparators.ts'

/** The document's values of one condition, as they are in one request. */
export interface BoundValues {
  /** False when a variable has no value: then the document does not say all that it wants. */
  complete: boolean
  /** Whether one of the values matches; `undefined` when `found` is no value of the operator's type. */
  match(found: string, work: Work): boolean | undefined
}

/** The document's values of one condition, with whatever compares them. */
export interface WantedValues {
  bind(scope: Scope): BoundValues
}

/** Reads the values of a document; the parser has seen that each is well-formed. */
export function wantedValues<Found, Wanted>(
  comparator: Comparator<Found, Wanted>,
  values: readonly string[],
  variables: boolean,
): WantedValues {
  const prepared = values.map((value) => prepareParsed(comparator, value, variables))
  const constants = prepared.flatMap((one) => ('constant' in one ? [one.constant] : []))
  if (constants.length === prepared.length) {
    const bound = bind(comparator, constants, true)
    return { bind: () => bound }
  }
  return {
    bind(scope) {
      const resolved = prepared.map((one) => ('constant' in one ? one.constant : one.resolve(scope)))
      const known = resolved.filter((value) => value !== undefined)
      return bind(comparator, known, known.length === resolved.length)
    },
  }
}

/** Prepares a value that the parser accepted. */
export function prepareParsed<Found, Wanted>(
  comparator: Comparator<Found, Wanted>,
  value: string,
  variables: boolean,
): Prepared<Wanted> {
  const prepared = comparator.prepare(value, variables)
  if (prepared === undefined) throw new TypeError(`a value that was not parsed: ${value}`)
  return prepared
}

function bind<Found, Wanted>(
  { read, matches }: Comparator<Found, Wanted>,
  values: readonly Wanted[],
  complete: boolean,
): BoundValues {
  return {
    complete,
    match(text, work) {
      const found = read(text)
      if (found === undefined) return undefined
      for (const value of values) {
        if (!work.spend(1)) return false
        if (matches(found, value, work)) return true
      }
      return false
    },
  }
}
