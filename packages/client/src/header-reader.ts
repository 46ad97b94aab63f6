import { Accumulator } from './accumulator.ts'
import { EnvelopeError } from './error.ts'
import { authenticationBytes, parseHeader } from './message/header.ts'
import type { MessageHeader, Parser } from './message/header.ts'
import type { Limits } from './message/limits.ts'

/** A header as it was read. Nothing in it is authenticated until its tag has been checked. */
export interface ReadHeader {
  readonly header: MessageHeader
  /** The serialized header without its tag, as it was read. */
  readonly body: Uint8Array
  /** Of the tag. All zeros but in messages of version 1 by early clients. */
  readonly iv: Uint8Array
  readonly tag: Uint8Array
  /** All of it, as it was read. */
  readonly serialized: Uint8Array
}

/** Reads a header from chunks of any size, holding as many bytes as the next field needs. */
export class HeaderReader {
  readonly #limits: Limits
  readonly #parser: Parser<MessageHeader>
  readonly #read = new Accumulator()
  #parsed: MessageHeader | undefined
  #fieldStart = 0
  #fieldEnd: number

  constructor(limits: Limits) {
    this.#limits = limits
    this.#parser = parseHeader(limits)
    this.#fieldEnd = this.#parser.next().value as number // the first field has a fixed size
  }

  /** Whether any byte of a message has arrived. */
  get hasBegun(): boolean {
    return this.#read.length > 0
  }

  /** Returns what of the chunk lies behind the header, once the header is complete. */
  push(chunk: Uint8Array): { read: ReadHeader; rest: Uint8Array } | undefined {
    const earlierBytes = this.#read.length
    const bytes = earlierBytes === 0 ? plain(chunk) : this.#append(chunk) // mostly the first chunk has all of it
    while (bytes.length >= this.#fieldEnd) {
      const field = bytes.subarray(this.#fieldStart, this.#fieldEnd)
      if (this.#parsed === undefined) this.#advance(field)
      else return { read: this.#complete(this.#parsed, bytes), rest: chunk.subarray(this.#fieldEnd - earlierBytes) }
    }
    if (earlierBytes === 0) this.#append(chunk)
    return undefined
  }

  #append(chunk: Uint8Array): Uint8Array {
    this.#read.fillTo(this.#read.length + chunk.length, chunk)
    return this.#read.bytes
  }

  #advance(field: Uint8Array): void {
    const step = this.#parser.next(field)
    if (step.done) this.#parsed = step.value
    this.#fieldStart = this.#fieldEnd
    this.#fieldEnd += step.done ? authenticationBytes(step.value.suite) : step.value
    if (this.#fieldEnd <= this.#limits.maxHeaderBytes) return
    const message = `The message's header has over ${this.#limits.maxHeaderBytes} bytes, more than this reader allows.`
    throw new EnvelopeError('LIMIT_EXCEEDED', message)
  }

  #complete(header: MessageHeader, bytes: Uint8Array): ReadHeader {
    const { messageVersion, ivBytes, tagBytes } = header.suite
    const serialized = bytes.slice(0, this.#fieldEnd)
    const body = serialized.subarray(0, this.#fieldStart)
    const authentication = serialized.subarray(this.#fieldStart)
    const iv = messageVersion === 1 ? authentication.subarray(0, ivBytes) : new Uint8Array(ivBytes)
    return { header, body, iv, tag: authentication.subarray(-tagBytes), serialized }
  }
}

/** Node's Buffer is one, too, but its `slice` does not copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
