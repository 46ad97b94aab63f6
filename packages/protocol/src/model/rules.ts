import { Secret } from '../secret.ts'
import type { Constraint } from './constraints.ts'
import type { ServiceModel } from './model.ts'

/** One demand on a value: how to test it, and AWS's sentence for it. */
export interface Rule {
  holds(value: unknown): boolean
  readonly sentence: string
}

/** All the demands on a value of a wire type or enumeration. */
export function rulesOf(model: ServiceModel, type: string, constraint: Constraint | undefined): Rule[] {
  const values = model.enumerations[type]
  if (values !== undefined) return [enumerationRule(values)]
  if (constraint === undefined) return []
  const { pattern } = constraint
  const bounds = type === 'integer' ? valueRules(constraint) : lengthRules(constraint)
  return pattern === undefined ? bounds : [...bounds, patternRule(pattern)]
}

function enumerationRule(values: readonly string[]): Rule {
  const allowed: ReadonlySet<unknown> = new Set(values)
  return {
    holds: (value) => allowed.has(value),
    sentence: `Member must satisfy enum value set: [${values.join(', ')}]`,
  }
}

function valueRules({ min, max }: Constraint): Rule[] {
  return [
    { holds: (value) => (value as number) <= max, sentence: `Member must have value less than or equal to ${max}` },
    { holds: (value) => (value as number) >= min, sentence: `Member must have value greater than or equal to ${min}` },
  ]
}

/**
 * Lengths are bytes, elements or characters. A string has at least half as many characters as UTF-16 code units, and at
 * most as many, so they need counting only near a limit.
 */
export function lengthRules({ min, max }: Constraint): Rule[] {
  const rules: Rule[] = [
    {
      holds: (value) => sizeOf(value) <= max || characterCount(value) <= max,
      sentence: `Member must have length less than or equal to ${max}`,
    },
  ]
  if (min === 0) return rules
  rules.push({
    holds: (value) => sizeOf(value) >= 2 * min || characterCount(value) >= min,
    sentence: `Member must have length greater than or equal to ${min}`,
  })
  return rules
}

/** The pattern must match the whole value. Every pattern of the models runs in linear time (a test holds it). */
function patternRule(pattern: string): Rule {
  // AWS means Java's \s, which is ASCII; JavaScript's would let in Unicode spaces.
  const source = `^(?:${pattern.replaceAll(String.raw`\s`, String.raw`\t\n\v\f\r `)})$`
  const expression = new RegExp(source, pattern.includes(String.raw`\p{`) ? 'u' : '')
  return {
    holds: (value) => expression.test(textOf(value)),
    sentence: `Member must satisfy regular expression pattern: ${pattern}`,
  }
}

function sizeOf(value: unknown): number {
  return value instanceof Secret ? value.byteLength : (value as ArrayLike<unknown>).length
}

/** Characters are code points: a surrogate pair counts once. */
function characterCount(value: unknown): number {
  return typeof value === 'string' ? Array.from(value).length : sizeOf(value)
}

function textOf(value: unknown): string {
  return value instanceof Secret ? new TextDecoder().decode(value.reveal()) : (value as string)
}
