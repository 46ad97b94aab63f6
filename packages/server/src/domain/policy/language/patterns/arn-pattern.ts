import { ANY_TEXT, Glob, type GlobToken } from './glob.ts'
import { isVariable, type Template, type TemplateToken } from './template.ts'
import type { Work } from './work.ts'

/** Partition, service and so on: an ARN has five colons that separate, and its last segment may have more of them. */
const SEGMENTS = 6

/**
 * A pattern of ARNs. Each of the first five segments is matched by itself, so that a wildcard in one never takes in
 * its neighbour (IAM User Guide, "Amazon Resource Name (ARN) condition operators").
 */
export class ArnPattern {
  /** The leading segments that are literal, with a colon behind each: compared as one text. */
  readonly #prefix: string
  /** The segments behind them. */
  readonly #segments: readonly Glob[]

  constructor(segments: readonly (readonly GlobToken[])[]) {
    const leading = leadingTexts(segments)
    this.#prefix = leading.map((text) => `${text}:`).join('')
    this.#segments = segments.slice(leading.length).map((segment) => new Glob(segment))
  }

  /** False for whatever is no ARN. */
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

/** Whether a text has the form of an ARN: six segments, the first of which is `arn`. */
export function isArn(text: string): boolean {
  let colons = 0
  for (let at = text.indexOf(':'); at >= 0 && colons < SEGMENTS - 1; at = text.indexOf(':', at + 1)) colons++
  return colons === SEGMENTS - 1 && text.startsWith('arn:')
}

/**
 * The six segments of a template, or `undefined` if it is no pattern of ARNs. They are told by the document's own
 * colons before variables have values: a value with a colon in it must not move what stands behind it into another
 * segment. Fewer segments are enough when the last ends in `*`, which then takes in the rest; so does `*` alone.
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

/** Cuts at the first five colons that stand in literal text. */
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

/** Cuts at the first `most` colons. */
function splitText(text: string, most: number): string[] {
  const parts = text.split(':')
  return [...parts.slice(0, most), ...(parts.length > most ? [parts.slice(most).join(':')] : [])]
}

/** A value with a colon in it makes a segment that no ARN has, not two of them: it is left to be compared by itself. */
function leadingTexts(segments: readonly (readonly GlobToken[])[]): string[] {
  const texts = segments.slice(0, SEGMENTS - 1).map(plainText)
  const end = texts.findIndex((text) => text === undefined || text.includes(':'))
  return texts.slice(0, end < 0 ? undefined : end).filter((text) => text !== undefined)
}

function plainText(tokens: Template): string | undefined {
  return tokens.every((token) => typeof token === 'string') ? tokens.join('') : undefined
}

/** What is wrong with the variables of an ARN pattern as a Resource, or `undefined` (IAM User Guide, "Variables and tags"). */
export function variableProblem(segments: readonly Template[]): string | undefined {
  const beforeLast = segments.slice(0, SEGMENTS - 1)
  return beforeLast.some((segment) => segment.some(isVariable))
    ? 'A policy variable may stand only behind the fifth colon of an ARN'
    : undefined
}
