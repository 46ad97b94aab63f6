import type { Work } from './work.ts'

/** `?` in a pattern: any single UTF-16 code unit. */
export const ANY_CHARACTER = Symbol('?')
/** `*` in a pattern: any text, including none. */
export const ANY_TEXT = Symbol('*')

/** A part of a pattern. A string is literal, whatever characters it contains. */
export type GlobToken = string | typeof ANY_CHARACTER | typeof ANY_TEXT

/** The text to match. Strings fit; tests use other objects to count accesses. */
export type Text = Pick<string, 'length' | 'charCodeAt' | 'startsWith'>

interface Run {
  offset: number
  text: string
}

/** The part of a pattern between two `*`: literal runs, and a `?` at every position that no run covers. */
interface Piece {
  length: number
  runs: readonly Run[]
  /** How many characters a comparison of the whole piece reads. */
  cost: number
}

/**
 * A pattern, split into pieces at each `*`. The first and the last piece match at the ends of the text. Each of the
 * others matches at its first possible position, which leaves the most room for the pieces after it. So there is no
 * backtracking. The searches are metered.
 */
export class Glob {
  readonly #first: Piece
  readonly #middle: readonly Piece[]
  /** Absent if the pattern has no `*`: then the first piece is the whole pattern. */
  readonly #last: Piece | undefined
  readonly #minimum: number

  constructor(tokens: readonly GlobToken[]) {
    const pieces = splitAtStars(tokens).map(toPiece)
    this.#first = pieces[0] ?? toPiece([])
    this.#last = pieces.length > 1 ? pieces.at(-1) : undefined
    this.#middle = pieces.slice(1, -1).filter(({ length }) => length > 0)
    this.#minimum = pieces.reduce((sum, { length }) => sum + length, 0)
  }

  /** Returns whether `text`, from `start` up to `end`, matches. Also returns false if the work limit is reached. */
  matches(text: Text, work: Work, start = 0, end = text.length): boolean {
    const length = end - start
    if (this.#last === undefined) return length === this.#minimum && fits(this.#first, text, start)
    if (length < this.#minimum) return false
    const lastStart = end - this.#last.length
    if (!fits(this.#first, text, start) || !fits(this.#last, text, lastStart)) return false
    return this.#middle.length === 0 || this.#findMiddle(text, work, start + this.#first.length, lastStart)
  }

  #findMiddle(text: Text, work: Work, start: number, end: number): boolean {
    let position = start
    for (const piece of this.#middle) {
      const found = find(piece, text, work, position, end)
      if (found < 0) return false
      position = found + piece.length
    }
    return true
  }
}

/**
 * Returns the first position of `piece` between `start` and `end`, or -1 if there is none or the work limit is reached.
 */
function find(piece: Piece, text: Text, work: Work, start: number, end: number): number {
  const run = piece.runs[0]
  if (run === undefined) return start + piece.length <= end ? start : -1
  const first = run.text.charCodeAt(0)
  for (let position = start; position <= end - piece.length; position++) {
    const promising = text.charCodeAt(position + run.offset) === first
    if (!work.spend(promising ? 1 + piece.cost : 1)) return -1
    if (promising && fits(piece, text, position)) return position
  }
  return -1
}

function fits(piece: Piece, text: Text, position: number): boolean {
  for (const run of piece.runs) if (!text.startsWith(run.text, position + run.offset)) return false
  return true
}

function splitAtStars(tokens: readonly GlobToken[]): Exclude<GlobToken, typeof ANY_TEXT>[][] {
  let current: Exclude<GlobToken, typeof ANY_TEXT>[] = []
  const pieces = [current]
  for (const token of tokens) {
    if (token === ANY_TEXT) pieces.push((current = []))
    else current.push(token)
  }
  return pieces
}

function toPiece(tokens: readonly (string | typeof ANY_CHARACTER)[]): Piece {
  const runs: Run[] = []
  let length = 0
  for (const token of tokens) {
    const text = token === ANY_CHARACTER ? '' : token
    if (text !== '') extend(runs, { offset: length, text })
    length += token === ANY_CHARACTER ? 1 : text.length
  }
  return { length, runs, cost: runs.reduce((sum, { text }) => sum + text.length, 0) }
}

/** Adjacent literal tokens become one run. */
function extend(runs: Run[], run: Run): void {
  const last = runs.at(-1)
  if (last !== undefined && last.offset + last.text.length === run.offset) last.text += run.text
  else runs.push(run)
}
