import { base64Length, writeBase64 } from './base64.ts'

/** A body that is ready to send. */
export interface EncodedBody {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Overwrites the body with zeros. Not before the transport is done with `bytes`, or the peer reads zeros. */
  wipe(): void
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const FIRST_PRINTABLE = 0x20
const LAST_ASCII = 0x7f
const INITIAL_SIZE = 1024
/** UTF-8 needs at most three bytes for one UTF-16 code unit. */
const BYTES_PER_UNIT = 3

const encoder = new TextEncoder()

/** Builds a body, JSON or XML, in one byte buffer, so that a secret in it exists only there and can be wiped. */
export class BodyWriter implements EncodedBody {
  #buffer = new Uint8Array(INITIAL_SIZE)
  #length = 0

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length)
  }

  wipe(): void {
    this.#buffer.fill(0)
  }

  /** One byte, unchanged. */
  byte(code: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = code
  }

  /** Bytes as they stand. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** ASCII text without quotes: numbers and literals. */
  ascii(text: string): void {
    this.#reserve(text.length)
    for (let index = 0; index < text.length; index++) this.#buffer[this.#length++] = text.charCodeAt(index)
  }

  /** A JSON string. */
  string(text: string): void {
    this.#reserve(text.length + 2)
    const buffer = this.#buffer
    let end = this.#length
    buffer[end++] = QUOTE
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < FIRST_PRINTABLE || code >= LAST_ASCII || code === QUOTE || code === BACKSLASH) {
        return this.#escapedString(text)
      }
      buffer[end++] = code
    }
    buffer[end++] = QUOTE
    this.#length = end
  }

  /** A JSON string that holds the base64 form of `bytes`, which never becomes a JavaScript string. */
  base64(bytes: Uint8Array): void {
    this.#reserve(base64Length(bytes.length) + 2)
    this.#buffer[this.#length] = QUOTE
    const end = writeBase64(bytes, this.#buffer, this.#length + 1)
    this.#buffer[end] = QUOTE
    this.#length = end + 1
  }

  /** The base64 form of `bytes` without quotes, which never becomes a JavaScript string either. */
  bareBase64(bytes: Uint8Array): void {
    this.#reserve(base64Length(bytes.length))
    this.#length = writeBase64(bytes, this.#buffer, this.#length)
  }

  #escapedString(text: string): void {
    const escaped = JSON.stringify(text)
    this.#reserve(escaped.length * BYTES_PER_UNIT)
    this.#length += encoder.encodeInto(escaped, this.#buffer.subarray(this.#length)).written
  }

  #reserve(size: number): void {
    const needed = this.#length + size
    if (needed <= this.#buffer.length) return
    const outgrown = this.#buffer
    this.#buffer = new Uint8Array(Math.max(needed, outgrown.length * 2))
    this.#buffer.set(outgrown)
    outgrown.fill(0) // it may hold a secret
  }
}
