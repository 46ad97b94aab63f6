/** A piece of a word: `'quoted'` text is literal, in the rest `$NAME` is replaced. */
interface Piece {
  text: string
  quoted: boolean
}

export type Word = readonly Piece[]

/** One line of a transcript that does or demands something. */
export interface Step {
  /** Line of the file, from 1. */
  line: number
  text: string
  /** It begins with `!`: what follows must fail, or must not be so. */
  negated: boolean
  command: string
  words: readonly Word[]
}

export interface Script {
  steps: readonly Step[]
  /** Files to write before it begins, by their names. */
  files: ReadonlyMap<string, string>
}

/** Reads a transcript: steps, one a line, then files, each after a line `-- NAME --`. CONTRIBUTING.md describes both. */
export function parseScript(text: string): Script {
  const [steps = '', ...rest] = text.split(/^-- (\S+) --\n/m)
  const names = rest.filter((_, index) => index % 2 === 0)
  return {
    steps: steps.split('\n').flatMap((line, index) => parseStep(line, index + 1) ?? []),
    files: new Map(names.map((name, index) => [name, rest[2 * index + 1]!])),
  }
}

function parseStep(text: string, line: number): Step | undefined {
  if (/^\s*(#|$)/.test(text)) return undefined
  const found = text.match(/(?:'[^']*'|[^\s'])+/g) ?? []
  if (found.join('') !== text.replaceAll(/('[^']*')|\s/g, '$1'))
    throw new Error(`line ${line}: a quote without its end`)
  const negated = found[0] === '!'
  const [command = '', ...words] = negated ? found.slice(1) : found
  return { line, text, negated, command, words: words.map(piecesOf) }
}

function piecesOf(word: string): Word {
  const pieces = word.match(/'[^']*'|[^']+/g) ?? []
  return pieces.map((piece) =>
    piece.startsWith("'") ? { text: piece.slice(1, -1), quoted: true } : { text: piece, quoted: false },
  )
}

export type Variables = Readonly<Record<string, string | undefined>>

/** The word as a text. */
export function expand(word: Word, variables: Variables): string {
  return substitute(word, variables, (value) => value)
}

/** The word as a pattern over several lines, in which the value of a variable is literal. */
export function pattern(word: Word, variables: Variables): RegExp {
  return new RegExp(substitute(word, variables, RegExp.escape), 'm')
}

function substitute(word: Word, variables: Variables, show: (value: string) => string): string {
  return word.map(({ text, quoted }) => (quoted ? text : text.replaceAll(/\$([A-Z_]+)/g, valueOf))).join('')

  function valueOf(_: string, name: string): string {
    const value = variables[name]
    if (value === undefined) throw new Error(`$${name} has no value`)
    return show(value)
  }
}
