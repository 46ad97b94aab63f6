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

/**
 * Bytes in memory of their own that stays where it is: what is wiped there is gone. V8 keeps typed arrays of up to 64
 * bytes on its own heap instead, which it compacts, leaving copies behind.
 */
export function fixedBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length))
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

/** The order of byte strings: the first difference decides, then the length. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let index = 0; index < shared; index++) {
    if (a[index] !== b[index]) return a[index]! - b[index]!
  }
  return a.length - b.length
}

/** A byte string that grows at its end. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(expectedBytes = 64) {
    this.#bytes = new Uint8Array(expectedBytes)
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

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const outgrown = this.#bytes
    this.#bytes = new Uint8Array(Math.max(needed, outgrown.length * 2))
    this.#bytes.set(outgrown.subarray(0, this.#length))
  }
}

/** Says that bytes end within a field. Whoever has more of them reads again from the beginning. */
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
