const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const SPACE = 0x20

const NESTING = new Map([
  [0x7b, 1], // {
  [0x5b, 1], // [
  [0x7d, -1], // }
  [0x5d, -1], // ]
])

const decoder = new TextDecoder()

/** A JSON document without some of its strings. */
export interface Excised {
  /** The document, with `""` in place of each string that was cut out. */
  rest: Uint8Array
  /** The bytes between the quotes, by member name: views of the document, not copies. */
  strings: Map<string, Uint8Array>
}

/** Where a string is: `start` is its first byte and `end` its closing quote. */
interface Range {
  start: number
  end: number
  isPlain: boolean
}

/**
 * Cuts the strings of the named top-level members out of a JSON document, so that the rest can be parsed without a
 * secret ever becoming a JavaScript string, which nothing can wipe.
 *
 * A string with an escape in it, or under a name with one, stays in. Whether the document is well-formed is left to
 * the parser of the rest; it sees every byte that was not cut out, and what is cut out is never more than the inside
 * of one string.
 */
export function exciseStrings(document: Uint8Array, names: ReadonlySet<string>): Excised {
  const strings = new Map<string, Uint8Array>()
  const ranges: Range[] = []
  for (const { name, value } of topLevelStrings(document)) {
    if (!names.has(name) || strings.has(name) || !value.isPlain) continue
    strings.set(name, document.subarray(value.start, value.end))
    ranges.push(value)
  }
  return { rest: without(document, ranges), strings }
}

/** The string members of the outermost object, with their names. */
function* topLevelStrings(document: Uint8Array): Generator<{ name: string; value: Range }> {
  let depth = 0
  for (let index = 0; index < document.length; index++) {
    depth += NESTING.get(document[index]!) ?? 0
    if (document[index] !== QUOTE) continue
    const key = stringAt(document, index)
    index = key.end
    if (depth !== 1) continue
    const colon = skipSpace(document, key.end + 1)
    const quote = skipSpace(document, colon + 1)
    if (document[colon] !== COLON || document[quote] !== QUOTE) continue
    const value = stringAt(document, quote)
    yield { name: decoder.decode(document.subarray(key.start, key.end)), value }
    index = value.end
  }
}

function stringAt(document: Uint8Array, quote: number): Range {
  let isPlain = true
  let end = quote + 1
  for (; end < document.length && document[end] !== QUOTE; end++) {
    const byte = document[end] ?? 0
    if (byte >= SPACE && byte !== BACKSLASH) continue
    isPlain = false
    if (byte === BACKSLASH) end++ // whatever it escapes, a quote above all, does not end the string
  }
  return { start: quote + 1, end: Math.min(end, document.length), isPlain: isPlain && end < document.length }
}

function skipSpace(document: Uint8Array, index: number): number {
  let next = index
  while (document[next] === 0x20 || document[next] === 0x09 || document[next] === 0x0a || document[next] === 0x0d)
    next++
  return next
}

function without(document: Uint8Array, ranges: readonly Range[]): Uint8Array {
  const rest = new Uint8Array(ranges.reduce((length, { start, end }) => length - (end - start), document.length))
  let from = 0
  let to = 0
  for (const { start, end } of [...ranges, { start: document.length, end: document.length }]) {
    rest.set(document.subarray(from, start), to)
    to += start - from
    from = end
  }
  return rest
}
