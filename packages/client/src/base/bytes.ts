import { fixedBytes, Secret } from '@keyhold/protocol'

/** Small tools for big-endian byte strings, without Node's Buffer. */

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let end = 0
  for (const part of parts) {
    whole.set(part, end)
    end += part.length
  }
  return whole
}

export { fixedBytes }

const SLAB_BYTES = 2 ** 13
/** Longer pieces have memory of their own. */
const MAX_PIECE_BYTES = SLAB_BYTES / 8
let slab = new Uint8Array(0)
let slabUsed = 0

/**
 * Zeros for what this package works with: a piece of memory that others share, so never for a secret, and never handed out,
 * as transferring its buffer takes the others' too. An array whose memory is its own and not on V8's heap, where native
 * code has to have it, costs two microseconds with its collection: small messages feel each of them.
 */
export function scratchBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length > MAX_PIECE_BYTES) return new Uint8Array(length)
  if (slabUsed + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES)
    slabUsed = 0
  }
  slabUsed += length
  return slab.subarray(slabUsed - length, slabUsed)
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

export function readUint16(bytes: Uint8Array, offset = 0): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!
}

export function readUint32(bytes: Uint8Array, offset = 0): number {
  return readUint16(bytes, offset) * 2 ** 16 + readUint16(bytes, offset + 2)
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24
  bytes[offset + 1] = value >>> 16
  bytes[offset + 2] = value >>> 8
  bytes[offset + 3] = value
}

const encoder = new TextEncoder()
/** Of a UTF-16 code unit, in UTF-8. */
const MOST_BYTES_OF_UNIT = 3

/** A byte string that grows at its end, in scratch memory. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(expectedBytes = 64) {
    this.#bytes = scratchBytes(expectedBytes)
  }

  /** What was written: a view that the next write may leave behind. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  uint8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  uint16(value: number): void {
    this.#reserve(2)
    this.#bytes[this.#length++] = value >>> 8
    this.#bytes[this.#length++] = value
  }

  uint32(value: number): void {
    this.#reserve(4)
    writeUint32(this.#bytes, this.#length, value)
    this.#length += 4
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /**
   * Text in UTF-8, behind its length in two bytes. Returns the length: more than 65535 is for the caller to refuse. In
   * place, as V8 takes a microsecond for each array that an encoder returns.
   */
  prefixedText(text: string): number {
    this.#reserve(2 + text.length * MOST_BYTES_OF_UNIT)
    const start = this.#length + 2
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(start))
    this.uint16(written)
    this.#length = start + written
    return written
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const outgrown = this.#bytes
    this.#bytes = scratchBytes(Math.max(needed, outgrown.length * 2))
    this.#bytes.set(outgrown.subarray(0, this.#length))
  }
}

/** Says that bytes end within a field. With more of them, the caller reads again from the beginning. */
export class Incomplete extends Error {
  /** How many bytes the reader needs, of which even more may be needed. */
  readonly needs: number

  constructor(needs: number) {
    super('The bytes end within a field')
    this.needs = needs
  }
}

/** Reads a byte string field by field. @throws Incomplete where it ends too early. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #end = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** How much has been read. */
  get end(): number {
    return this.#end
  }

  uint8(): number {
    return this.#bytes[this.#advance(1)]!
  }

  uint16(): number {
    return readUint16(this.#bytes, this.#advance(2))
  }

  uint32(): number {
    return readUint32(this.#bytes, this.#advance(4))
  }

  /** A view. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Returns where the field begins. */
  #advance(length: number): number {
    const start = this.#end
    if (start + length > this.#bytes.length) throw new Incomplete(start + length)
    this.#end = start + length
    return start
  }
}

/** A copy with memory of its own, for callers that wipe theirs. */
export function copyOf(secret: Secret): Secret {
  const copy = fixedBytes(secret.byteLength)
  copy.set(secret.reveal())
  return Secret.of(copy)
}
