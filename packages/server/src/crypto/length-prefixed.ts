/**
 * Joins strings so that no other list gives the same bytes: the number of strings, then the length and the UTF-8 bytes
 * of each. Numbers are 32-bit, big-endian.
 *
 * Throws `TypeError` for a lone surrogate, which UTF-8 cannot express: Node would write U+FFFD for it, and two
 * different strings would give the same bytes.
 */
export function lengthPrefixed(strings: readonly string[]): Buffer {
  let size = 4
  for (const text of strings) size += 4 + Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(size)
  writeLengthPrefixed(strings, bytes, 0)
  return bytes
}

/**
 * Writes what {@link lengthPrefixed} returns into `bytes` at `offset`, and returns the offset of its end. The caller
 * makes sure that there is room.
 */
export function writeLengthPrefixed(strings: readonly string[], bytes: Buffer, offset: number): number {
  let end = bytes.writeUInt32BE(strings.length, offset)
  for (const text of strings) {
    if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no UTF-8 form')
    const length = bytes.write(text, end + 4)
    end = bytes.writeUInt32BE(length, end) + length
  }
  return end
}
