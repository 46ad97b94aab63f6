import type { Iam } from '@keyhold/protocol'

/** The position of a statement in the text of its policy. */
export type StatementPosition = Required<Pick<Iam.Statement, 'StartPosition' | 'EndPosition'>>

interface Span {
  /** Offset of the first character. */
  start: number
  /** Offset after the last character. */
  end: number
}

/** Strings, brackets and scalars. Commas, colons and whitespace are between them. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[^\s"[\]{},:]+/g

/**
 * Returns the positions of statements by index. The text must be a parsed, well-formed policy. It is scanned once, on
 * the first call.
 */
export function statementPositions(text: string): (index: number) => StatementPosition | undefined {
  let read: { spans: readonly Span[]; lines: readonly number[] } | undefined
  return (index) => {
    read ??= { spans: statementsOf(text), lines: lineStarts(text) }
    const { spans, lines } = read
    const span = spans[index]
    return span && { StartPosition: lineAndColumn(lines, span.start), EndPosition: lineAndColumn(lines, span.end) }
  }
}

function statementsOf(text: string): Span[] {
  const statements = memberOf(text, 'Statement')
  if (statements === undefined) return []
  return text[statements.start] === '[' ? elementsOf(text, statements) : [statements]
}

/** The value of a member of the text's top-level object. */
function memberOf(text: string, wanted: string): Span | undefined {
  const parts = elementsOf(text, { start: text.indexOf('{'), end: text.length })
  const name = parts.findIndex(({ start, end }, at) => at % 2 === 0 && JSON.parse(text.slice(start, end)) === wanted)
  return name < 0 ? undefined : parts[name + 1]
}

/** The elements of an array, or the names and values of an object in turn. */
function elementsOf(text: string, { start }: Span): Span[] {
  const elements: Span[] = []
  let next = tokenFrom(text, start + 1)
  while (next !== undefined && !isClosing(text[next.start])) {
    const element = { start: next.start, end: endOfValue(text, next.start) }
    elements.push(element)
    next = tokenFrom(text, element.end)
  }
  return elements
}

function endOfValue(text: string, start: number): number {
  let depth = 0
  let token = tokenFrom(text, start)
  while (token !== undefined) {
    const sign = text[token.start]
    if (sign === '[' || sign === '{') depth++
    else if (isClosing(sign)) depth--
    if (depth === 0) return token.end
    token = tokenFrom(text, token.end)
  }
  return text.length
}

function tokenFrom(text: string, offset: number): Span | undefined {
  TOKEN.lastIndex = offset
  const match = TOKEN.exec(text)
  return match ? { start: match.index, end: TOKEN.lastIndex } : undefined
}

function isClosing(sign: string | undefined): boolean {
  return sign === ']' || sign === '}'
}

/** Offsets of the first characters of the lines, in ascending order. */
function lineStarts(text: string): number[] {
  const starts = [0]
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return starts
}

/** Line and column, both counted from 1. */
function lineAndColumn(lines: readonly number[], offset: number): Required<Iam.Position> {
  let [first, last] = [0, lines.length - 1]
  while (first < last) {
    const middle = Math.ceil((first + last) / 2)
    if (lines[middle]! <= offset) first = middle
    else last = middle - 1
  }
  return { Line: first + 1, Column: offset - lines[first]! + 1 }
}
