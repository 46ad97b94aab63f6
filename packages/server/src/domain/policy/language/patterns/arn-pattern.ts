import { ANY_TEXT, Glob, type GlobToken } from './glob.ts'
import { isVariable, type Template, type TemplateToken } from './template.ts'
import type { Work } from './work.ts'

/** Partition, service and so on. The first five colons separate segments; the last segment can contain more of them. */
const SEGMENTS = 6

/**
 * An ARN pattern. Each of the first five segments is matched separately, so that a wildcard never spans two segments
 * (IAM User Guide, "Amazon Resource Name (ARN) condition operators").
 */
export class ArnPattern {
  /** The leading literal segments, each with its colon, compared as one string. */
  readonly #prefix: string
  /** The remaining segments. */
  readonly #segments: readonly Glob[]

  constructor(segments: readonly (readonly GlobToken[])[]) {
    const leading = leadingTexts(segments)
    this.#prefix = leading.map((text) => `${text}:`).join('')
    this.#segments = segments.slice(leading.length).map((segment) => new Glob(segment))
  }

  /** Returns false for text that is not an ARN. */
  matches(text: string, work: Work): boolean {
    if (!text.startsWith(this.#prefix)) return false
    const last = this.#segments.length - 1
    let start = this.#prefix.length
    for (let index = 0; index < last; index++) {
      const end = text.indexOf(':', start)
      if (end < 0 || !this.#segments[index]?.matches(text, work, start, end)) return false
      start = end + 1
    }
    return this.#segments[last]?.matches(text, work, start) === true
  }
}

/** Returns whether a text has the format of an ARN: six segments, the first of which is `arn`. */
export function isArn(text: string): boolean {
  let colons = 0
  for (let at = text.indexOf(':'); at >= 0 && colons < SEGMENTS - 1; at = text.indexOf(':', at + 1)) colons++
  return colons === SEGMENTS - 1 && text.startsWith('arn:')
}

/**
 * Returns the six segments of a template, or `undefined` if it is not an ARN pattern. Segments are split at the
 * policy's own colons before variables get values: a value with a colon must not shift the following text into another
 * segment. Fewer segments are enough if the last one ends in `*`, which then matches the rest, or if the pattern is
 * `*`.
 */
export function arnSegments(template: Template): Template[] | undefined {
  const segments = splitAtColons(template)
  if (segments.length < SEGMENTS && template.at(-1) !== ANY_TEXT) return undefined
  if (segments[SEGMENTS - 1]?.length === 0) return undefined
  const alone = template.length === 1 && template[0] === ANY_TEXT
  if (!alone && (segments.length === 1 || plainText(segments[0] ?? []) !== 'arn')) return undefined
  const known: readonly Template[] = alone ? [['arn']] : segments
  return Array.from({ length: SEGMENTS }, (_, index) => known[index] ?? [ANY_TEXT])
}

/** Splits at the first five colons in literal text. */
function splitAtColons(template: Template): Template[] {
  let current: TemplateToken[] = []
  const segments = [current]
  for (const token of template) {
    const parts: TemplateToken[] = typeof token === 'string' ? splitText(token, SEGMENTS - segments.length) : [token]
    for (const [index, part] of parts.entries()) {
      if (index > 0) segments.push((current = []))
      if (part !== '') current.push(part)
    }
  }
  return segments
}

/** Splits at the first `most` colons. */
function splitText(text: string, most: number): string[] {
  const parts = text.split(':')
  return [...parts.slice(0, most), ...(parts.length > most ? [parts.slice(most).join(':')] : [])]
}

/**
 * A value with a colon makes a segment that no ARN has, not two segments. It is left out of the prefix and compared
 * separately.
 */
function leadingTexts(segments: readonly (readonly GlobToken[])[]): string[] {
  const texts = segments.slice(0, SEGMENTS - 1).map(plainText)
  const end = texts.findIndex((text) => text === undefined || text.includes(':'))
  return texts.slice(0, end < 0 ? undefined : end).filter((text) => text !== undefined)
}

function plainText(tokens: Template): string | undefined {
  return tokens.every((token) => typeof token === 'string') ? tokens.join('') : undefined
}

/**
 * Returns what is wrong with the variables of an ARN pattern as a Resource, or `undefined` (IAM User Guide, "Variables
 * and tags").
 */
export function variableProblem(segments: readonly Template[]): string | undefined {
  const beforeLast = segments.slice(0, SEGMENTS - 1)
  return beforeLast.some((segment) => segment.some(isVariable))
    ? 'A policy variable is allowed only after the fifth colon of an ARN'
    : undefined
}
