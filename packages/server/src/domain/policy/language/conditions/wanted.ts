import type { Scope } from '../patterns/template.ts'
import type { Work } from '../patterns/work.ts'
import type { Comparator, Prepared } from './comparators.ts'

/** The values of one condition, with the variables of one request replaced. */
export interface BoundValues {
  /** False if a variable has no value, so that the condition's values are not all known. */
  complete: boolean
  /** Returns whether one of the values matches, or `undefined` if `found` is not of the operator's type. */
  match(found: string, work: Work): boolean | undefined
}

/** The values of one condition, with their comparator. */
export interface WantedValues {
  bind(scope: Scope): BoundValues
}

/** Parses the values of a condition. The grammar has already checked each of them. */
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

/** Prepares a value that the grammar accepted. */
export function prepareParsed<Found, Wanted>(
  comparator: Comparator<Found, Wanted>,
  value: string,
  variables: boolean,
): Prepared<Wanted> {
  const prepared = comparator.prepare(value, variables)
  if (prepared === undefined) throw new TypeError(`the value was not parsed: ${value}`)
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
