import { ArnPattern, arnSegments, isArn } from '../patterns/arn-pattern.ts'
import { Glob, type GlobToken } from '../patterns/glob.ts'
import {
  isConstant,
  isVariable,
  parseTemplate,
  resolveTemplate,
  type Scope,
  type Template,
} from '../patterns/template.ts'
import type { Work } from '../patterns/work.ts'
import { type Address, type Block, contains, readAddress, readBlock } from '../values/address.ts'
import { isCanonicalBase64 } from '../values/base64.ts'
import { compareDecimals, type Decimal, readDecimal } from '../values/decimal.ts'
import { readInstant } from '../values/instant.ts'

/** A parsed value of a policy: a constant, or one that depends on policy variables. */
export type Prepared<W> = { constant: W } | { resolve(scope: Scope): W | undefined }

/** How an operator compares one value of the request with one of the policy. */
export interface Comparator<Found, Wanted> {
  /** Whether the policy's values can contain wildcards, and variables. */
  wildcards: boolean
  variables: boolean
  /** Parses the policy's value. Returns `undefined` if it is malformed. */
  prepare(value: string, variables: boolean): Prepared<Wanted> | undefined
  /** Parses the request's value. Returns `undefined` if it is malformed. */
  read(value: string): Found | undefined
  matches(found: Found, wanted: Wanted, work: Work): boolean
}

const constant = <W>(value: W | undefined): Prepared<W> | undefined =>
  value === undefined ? undefined : { constant: value }

const itself = (value: string): string => value
const toLowerCase = (value: string): string => value.toLowerCase()

/** Compares strings exactly. */
export const texts = textComparator(itself)
/** Compares strings without regard to case. */
export const textsIgnoringCase = textComparator(toLowerCase)

/** In a comparison of whole strings `*` and `?` are ordinary characters, also if written as `${*}`. */
function textComparator(fold: (value: string) => string): Comparator<string, string> {
  return {
    wildcards: false,
    variables: true,
    prepare: (value, variables) =>
      prepareTemplate(parseTemplate(value, { variables, wildcards: false }), (tokens) => fold(tokens.join(''))),
    read: fold,
    matches: (found, wanted) => found === wanted,
  }
}

/** Compares strings with the wildcards `*` and `?`. */
export const patterns: Comparator<string, Glob> = {
  wildcards: true,
  variables: true,
  prepare: (value, variables) =>
    prepareTemplate(parseTemplate(value, { variables, wildcards: true }), (tokens) => new Glob(tokens)),
  read: itself,
  matches: (found, wanted, work) => wanted.matches(found, work),
}

/** Compares ARNs segment by segment, with wildcards. */
export const arns: Comparator<string, ArnPattern> = {
  wildcards: true,
  variables: true,
  prepare: (value, variables) => prepareArn(parseTemplate(value, { variables, wildcards: true })),
  read: (value) => (isArn(value) ? value : undefined),
  matches: (found, wanted, work) => wanted.matches(found, work),
}

/** A comparator for values that are parsed the same way on both sides and have no wildcards. */
function plain<T>(read: (value: string) => T | undefined, matches: (found: T, wanted: T) => boolean): Comparator<T, T> {
  return { wildcards: false, variables: false, prepare: (value) => constant(read(value)), read, matches }
}

/** Compares decimal numbers of any size. */
export const decimals = (holds: (order: number) => boolean): Comparator<Decimal, Decimal> =>
  plain(readDecimal, (found, wanted) => holds(compareDecimals(found, wanted)))

/** Compares points in time. */
export const instants = (holds: (order: number) => boolean): Comparator<number, number> =>
  plain(readInstant, (found, wanted) => holds(found - wanted))

/** Compares `true` and `false`, in any case. */
export const booleans = plain(readBoolean, (found, wanted) => found === wanted)

/** Compares bytes in canonical base64. */
export const binaries = plain(
  (value) => (isCanonicalBase64(value) ? value : undefined),
  (found, wanted) => found === wanted,
)

/** Compares IP addresses with CIDR blocks. */
export const addresses: Comparator<Address, Block> = {
  wildcards: false,
  variables: false,
  prepare: (value) => constant(readBlock(value)),
  read: readAddress,
  matches: (found, wanted) => contains(wanted, found),
}

/** Parses `true` or `false`, in any case. */
export function readBoolean(value: string): boolean | undefined {
  const folded = value.toLowerCase()
  return folded === 'true' || folded === 'false' ? folded === 'true' : undefined
}

function prepareTemplate<W>(
  template: Template | undefined,
  build: (tokens: readonly GlobToken[]) => W,
): Prepared<W> | undefined {
  if (template === undefined) return undefined
  if (isConstant(template)) return { constant: build(template) }
  return {
    resolve(scope) {
      const tokens = resolveTemplate(template, scope)
      return tokens && build(tokens)
    },
  }
}

/** An ARN pattern, or a single variable whose value is an ARN. */
function prepareArn(template: Template | undefined): Prepared<ArnPattern> | undefined {
  if (template === undefined) return undefined
  if (template.length === 1 && template.some(isVariable)) return wholeArn(template)
  const segments = arnSegments(template)
  if (segments === undefined) return undefined
  const constants = segments.filter(isConstant)
  if (constants.length === segments.length) return { constant: new ArnPattern(constants) }
  return {
    resolve(scope) {
      const resolved = segments.map((segment) => resolveTemplate(segment, scope))
      const known = resolved.filter((segment) => segment !== undefined)
      return known.length === resolved.length ? new ArnPattern(known) : undefined
    },
  }
}

function wholeArn(template: Template): Prepared<ArnPattern> {
  return {
    resolve(scope) {
      const tokens = resolveTemplate(template, scope)
      const segments = (tokens && arnSegments(tokens))?.filter(isConstant)
      return segments && new ArnPattern(segments)
    },
  }
}
