import type { ConditionValues } from '../contract.ts'
import { ANY_CHARACTER, ANY_TEXT, Glob, type GlobToken } from './glob.ts'
import type { Work } from './work.ts'

/** `${key}` or `${key, 'fallback'}`. The key is in lower case. */
export interface Variable {
  key: string
  fallback?: string
}

/** A part of a template: literal text, a wildcard or a variable. */
export type TemplateToken = GlobToken | Variable

/** A value of a policy in parts: literal text, wildcards, and variables whose values are literal text too. */
export type Template = readonly TemplateToken[]

/** The request's values, and the work limit, for the evaluation of one statement. */
export interface Scope {
  conditions: ConditionValues
  work: Work
}

/** Which characters of a value have a special meaning. Variables exist since version 2012-10-17 of the language. */
export interface Syntax {
  variables: boolean
  wildcards: boolean
}

const WILDCARDS: Readonly<Record<string, GlobToken>> = { '*': ANY_TEXT, '?': ANY_CHARACTER }

/** Characters that `${…}` escapes (IAM User Guide, "Variables and tags", special characters). */
const ESCAPED: readonly string[] = ['*', '?', '$']

/** Parses a value. Returns `undefined` if it contains a `${` that starts no variable. */
export function parseTemplate(text: string, { variables, wildcards }: Syntax): Template | undefined {
  const tokens: TemplateToken[] = []
  let literalStart = 0
  let position = 0
  const endLiteral = (): void => {
    if (position > literalStart) tokens.push(text.slice(literalStart, position))
  }
  while (position < text.length) {
    const special = readSpecial(text, position, { variables, wildcards })
    if (special === 'malformed') return undefined
    if (special === undefined) {
      position++
      continue
    }
    endLiteral()
    tokens.push(special.token)
    literalStart = position = special.end
  }
  endLiteral()
  return tokens
}

type Special = { token: TemplateToken; end: number }

/** Returns the special token at `position`, or `undefined` for an ordinary character. */
function readSpecial(text: string, position: number, syntax: Syntax): Special | 'malformed' | undefined {
  const wildcard = syntax.wildcards ? WILDCARDS[text.charAt(position)] : undefined
  if (wildcard !== undefined) return { token: wildcard, end: position + 1 }
  return syntax.variables && text.startsWith('${', position) ? readVariable(text, position + 2) : undefined
}

/** Parses from after `${` to after `}`. */
function readVariable(text: string, start: number): Special | 'malformed' {
  const close = text.indexOf('}', start)
  if (close < 0) return 'malformed'
  const escaped = text.slice(start, close)
  if (ESCAPED.includes(escaped)) return { token: escaped, end: close + 1 }
  const comma = escaped.indexOf(',')
  if (comma >= 0) return readFallback(text, start + comma + 1, escaped.slice(0, comma))
  return isKey(escaped) && !escaped.includes("'")
    ? { token: { key: escaped.toLowerCase() }, end: close + 1 }
    : 'malformed'
}

/** Parses `'text'}` after the comma. The text can contain `}`, and ends at the next quotation mark. */
function readFallback(text: string, start: number, key: string): Special | 'malformed' {
  const open = skipSpaces(text, start)
  const close = text.indexOf("'", open + 1)
  if (text.charAt(open) !== "'" || close < 0 || !isKey(key)) return 'malformed'
  const end = skipSpaces(text, close + 1)
  if (text.charAt(end) !== '}') return 'malformed'
  return { token: { key: key.toLowerCase(), fallback: text.slice(open + 1, close) }, end: end + 1 }
}

function skipSpaces(text: string, start: number): number {
  let position = start
  while (text.charAt(position) === ' ') position++
  return position
}

/**
 * Returns whether `text` can be a condition key: `aws:username`, `accounts.example.com:sub`, `kms:EncryptionContext:a
 * b`.
 */
export function isKey(text: string): boolean {
  const colon = text.indexOf(':')
  return colon > 0 && colon < text.length - 1 && text.trim() === text
}

/** Returns whether a token is a policy variable. */
export function isVariable(token: TemplateToken): token is Variable {
  return typeof token === 'object'
}

/** Returns whether the template has the same value in every request. */
export function isConstant(template: Template): template is readonly GlobToken[] {
  return !template.some(isVariable)
}

/**
 * Replaces the variables of a template with their values, each as one literal. Returns `undefined` if a variable has no
 * value, or several: it is unknown which one is meant, and a fallback is for a missing key, not for one with several
 * values.
 */
export function resolveTemplate(template: Template, { conditions, work }: Scope): GlobToken[] | undefined {
  const tokens: GlobToken[] = []
  for (const token of template) {
    const value = isVariable(token) ? valueOf(token, conditions) : token
    if (value === undefined) return undefined
    if (isVariable(token) && typeof value === 'string' && !work.spend(1 + value.length)) return undefined
    tokens.push(value)
  }
  return tokens
}

function valueOf({ key, fallback }: Variable, conditions: ConditionValues): string | undefined {
  const values = conditions.get(key)
  if (values === undefined || values.length === 0) return fallback
  return values.length === 1 ? values[0] : undefined
}

/** A pattern with wildcards and without variables. */
export function globOf(text: string): Glob {
  const template = parseTemplate(text, { variables: false, wildcards: true }) ?? []
  return new Glob(template.filter((token) => typeof token !== 'object'))
}

/** Returns the template as text for people, with wildcards as written. */
export function describeTokens(tokens: readonly GlobToken[]): string {
  return tokens.map((token) => (typeof token === 'symbol' ? token.description : token)).join('')
}
