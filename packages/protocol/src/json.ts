/** A JSON document as {@link parseJson} returns it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject

/** A JSON object. It has no prototype, so that `__proto__` and `constructor` are members like any other. */
export interface JsonObject {
  [name: string]: JsonValue
}

/** How many arrays and objects may stand inside each other. The deepest KMS request has 3. */
const MAX_DEPTH = 32

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** RFC 8259, section 6. Sticky: it matches at `lastIndex` only, in one pass without backtracking. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses JSON (RFC 8259) more strictly than `JSON.parse`, so that two readers can never understand one body
 * differently: ill-formed UTF-8, a byte order mark, duplicate member names, lone surrogates and nesting deeper than
 * {@link MAX_DEPTH} are refused. Objects have no prototype.
 *
 * @throws SyntaxError that names an offset and never quotes the document, which may hold secrets.
 */
export function parseJson(bytes: Uint8Array): JsonValue {
  return new Parser(decode(bytes)).document()
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new SyntaxError('The JSON document is not well-formed UTF-8')
  }
}

/** A recursive-descent parser. It scans with `charCodeAt` and cuts strings out whole: four times as fast as by piece. */
class Parser {
  readonly #text: string
  #position = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonValue {
    const value = this.#value()
    if (this.#position !== this.#text.length) throw this.#unexpected('text after the value')
    return value
  }

  /** Reads a value and the white space around it. */
  #value(): JsonValue {
    const value = this.#bareValue(this.#skipSpace())
    this.#skipSpace()
    return value
  }

  #bareValue(first: number): JsonValue {
    switch (first) {
      case QUOTE:
        return this.#string()
      case OPEN_BRACE:
        return this.#nested(() => this.#object())
      case OPEN_BRACKET:
        return this.#nested(() => this.#array())
      case 0x74:
        return this.#literal('true', true)
      case 0x66:
        return this.#literal('false', false)
      case 0x6e:
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.#unexpected(`nesting deeper than ${MAX_DEPTH}`)
    this.#position++
    const value = read()
    this.#depth--
    return value
  }

  #object(): JsonObject {
    const object = Object.create(null) as JsonObject
    if (this.#skipSpace() === CLOSE_BRACE) return this.#closed(object)
    for (;;) {
      if (this.#skipSpace() !== QUOTE) throw this.#unexpected('no member name')
      const name = this.#string()
      if (object[name] !== undefined) throw this.#unexpected('a duplicate member name')
      if (this.#skipSpace() !== COLON) throw this.#unexpected('no colon')
      this.#position++
      object[name] = this.#value()
      if (!this.#comma(CLOSE_BRACE)) return this.#closed(object)
    }
  }

  #array(): JsonValue[] {
    const array: JsonValue[] = []
    if (this.#skipSpace() === CLOSE_BRACKET) return this.#closed(array)
    for (;;) {
      array.push(this.#value())
      if (!this.#comma(CLOSE_BRACKET)) return this.#closed(array)
    }
  }

  #closed<T>(value: T): T {
    this.#position++
    return value
  }

  /** Steps over a comma; stays before the closing bracket. */
  #comma(close: number): boolean {
    const code = this.#text.charCodeAt(this.#position)
    if (code === close) return false
    if (code !== COMMA) throw this.#unexpected('neither a comma nor the end')
    this.#position++
    return true
  }

  #string(): string {
    const text = this.#text
    const start = ++this.#position
    let escaped = false
    for (let index = start; ; index++) {
      const code = text.charCodeAt(index)
      if (code === QUOTE) {
        this.#position = index + 1
        return escaped ? this.#unescape(start - 1, index + 1) : text.slice(start, index)
      }
      if (code === BACKSLASH) {
        escaped = true
        index++
      } else if (!(code >= SPACE)) {
        this.#position = index // a control character, or NaN: the end
        throw this.#unexpected('an unfinished string')
      }
    }
  }

  /** Escapes are rare, so the platform resolves them; it accepts lone surrogates, which are refused here. */
  #unescape(start: number, end: number): string {
    let value: unknown
    try {
      value = JSON.parse(this.#text.slice(start, end))
    } catch {
      throw this.#unexpected('an invalid escape') // without the cause, which quotes the string
    }
    if (typeof value !== 'string' || !value.isWellFormed()) throw this.#unexpected('a lone surrogate')
    return value
  }

  #number(): number {
    NUMBER.lastIndex = this.#position
    if (!NUMBER.test(this.#text)) throw this.#unexpected('no value')
    const value = Number(this.#text.slice(this.#position, NUMBER.lastIndex))
    this.#position = NUMBER.lastIndex
    return value
  }

  #literal<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#position)) throw this.#unexpected('no value')
    this.#position += word.length
    return value
  }

  /** The code of the next character that is not white space; NaN at the end. */
  #skipSpace(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position)
      if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return code
      this.#position++
    }
  }

  #unexpected(what: string): SyntaxError {
    return new SyntaxError(`The JSON document has ${what} at offset ${this.#position}`)
  }
}
