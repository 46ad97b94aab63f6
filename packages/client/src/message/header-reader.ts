import { Accumulator } from './accumulator.ts'
import { EnvelopeError } from '../base/error.ts'
import { Incomplete } from '../base/bytes.ts'
import { parseHeader } from './header.ts'
import type { ReadHeader } from './header.ts'
import type { Limits } from './limits.ts'

/** As much is taken at once where it is there: most headers are shorter. */
const AHEAD_BYTES = 512

/**
 * Reads a header from chunks of any size. Where a chunk ends within a field, parsing starts over once that field is
 * complete: so often as the header has fields at most.
 */
export class HeaderReader {
  readonly #limits: Limits
  readonly #read = new Accumulator()
  #needs = 1

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Whether any byte of a message has arrived. */
  get hasBegun(): boolean {
    return this.#read.length > 0
  }

  /** Returns what of the chunk lies behind the header, once the header is complete. It keeps none of the chunk's memory. */
  push(chunk: Uint8Array): { read: ReadHeader; rest: Uint8Array } | undefined {
    const earlierBytes = this.#read.length
    let untaken = chunk
    for (;;) {
      untaken = this.#read.fillTo(Math.max(AHEAD_BYTES, this.#needs), untaken)
      if (this.#read.length < this.#needs) return undefined
      const read = this.#parse()
      if (read !== undefined) return { read, rest: chunk.subarray(read.serialized.length - earlierBytes) }
    }
  }

  #parse(): ReadHeader | undefined {
    try {
      const read = parseHeader(this.#read.bytes, this.#limits)
      this.#requireAllowed(read.serialized.length)
      return read
    } catch (error) {
      if (!(error instanceof Incomplete)) throw error
      this.#requireAllowed(error.needs)
      this.#needs = error.needs
      return undefined
    }
  }

  #requireAllowed(headerBytes: number): void {
    const { maxHeaderBytes } = this.#limits
    if (headerBytes <= maxHeaderBytes) return
    const message = `The message's header has over ${maxHeaderBytes} bytes, more than this reader allows.`
    throw new EnvelopeError('LIMIT_EXCEEDED', message)
  }
}
