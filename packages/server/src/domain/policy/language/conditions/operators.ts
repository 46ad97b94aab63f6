import {
  addresses,
  arns,
  binaries,
  booleans,
  type Comparator,
  decimals,
  instants,
  patterns,
  texts,
  textsIgnoringCase,
} from './comparators.ts'
import { type WantedValues, wantedValues } from './wanted.ts'

/** A condition operator. */
export interface Operator {
  /** The condition holds if no value of the policy matches. */
  negated: boolean
  /** `Null`: checks whether the key is absent, not its values. */
  absence: boolean
  /** Whether its values can contain wildcards, and variables. */
  wildcards: boolean
  variables: boolean
  accepts(value: string, variables: boolean): boolean
  want(values: readonly string[], variables: boolean): WantedValues
}

const equal = (order: number): boolean => order === 0
const less = (order: number): boolean => order < 0
const notGreater = (order: number): boolean => order <= 0
const greater = (order: number): boolean => order > 0
const notLess = (order: number): boolean => order >= 0

/**
 * All condition operators. A negated operator is the opposite of its counterpart on every value that both can parse.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', positive(texts)],
  ['StringNotEquals', negated(texts)],
  ['StringEqualsIgnoreCase', positive(textsIgnoringCase)],
  ['StringNotEqualsIgnoreCase', negated(textsIgnoringCase)],
  ['StringLike', positive(patterns)],
  ['StringNotLike', negated(patterns)],
  ['NumericEquals', positive(decimals(equal))],
  ['NumericNotEquals', negated(decimals(equal))],
  ['NumericLessThan', positive(decimals(less))],
  ['NumericLessThanEquals', positive(decimals(notGreater))],
  ['NumericGreaterThan', positive(decimals(greater))],
  ['NumericGreaterThanEquals', positive(decimals(notLess))],
  ['DateEquals', positive(instants(equal))],
  ['DateNotEquals', negated(instants(equal))],
  ['DateLessThan', positive(instants(less))],
  ['DateLessThanEquals', positive(instants(notGreater))],
  ['DateGreaterThan', positive(instants(greater))],
  ['DateGreaterThanEquals', positive(instants(notLess))],
  ['Bool', positive(booleans)],
  ['BinaryEquals', positive(binaries)],
  ['IpAddress', positive(addresses)],
  ['NotIpAddress', negated(addresses)],
  ['ArnEquals', positive(arns)],
  ['ArnLike', positive(arns)],
  ['ArnNotEquals', negated(arns)],
  ['ArnNotLike', negated(arns)],
  ['Null', { ...positive(booleans), absence: true }],
])

/** `all`: every value of the request must satisfy the operator; `any`: at least one. */
export type SetOperator = 'all' | 'any'

/** An operator as policies write it, with its prefix and suffix. */
export interface NamedOperator {
  operator: Operator
  set?: SetOperator
  /** Holds if the request does not have the key. */
  ifExists: boolean
}

const SET_OPERATORS: ReadonlyMap<string, SetOperator> = new Map([
  ['ForAllValues', 'all'],
  ['ForAnyValue', 'any'],
])
const IF_EXISTS = 'IfExists'

/** Parses an operator such as `ForAnyValue:StringLikeIfExists`. Returns `undefined` for an unknown one. */
export function parseOperator(text: string): NamedOperator | undefined {
  const colon = text.indexOf(':')
  const set = SET_OPERATORS.get(text.slice(0, Math.max(colon, 0)))
  if (colon >= 0 && set === undefined) return undefined
  const name = text.slice(colon + 1)
  const ifExists = name.endsWith(IF_EXISTS)
  const operator = OPERATORS.get(ifExists ? name.slice(0, -IF_EXISTS.length) : name)
  if (operator === undefined || (operator.absence && (ifExists || set !== undefined))) return undefined
  return { operator, ...(set && { set }), ifExists }
}

function positive<Found, Wanted>(comparator: Comparator<Found, Wanted>): Operator {
  const { wildcards, variables } = comparator
  return {
    negated: false,
    absence: false,
    wildcards,
    variables,
    accepts: (value, variables) => comparator.prepare(value, variables) !== undefined,
    want: (values, variables) => wantedValues(comparator, values, variables),
  }
}

function negated<Found, Wanted>(comparator: Comparator<Found, Wanted>): Operator {
  return { ...positive(comparator), negated: true }
}
