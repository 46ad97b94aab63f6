/**
 * Joins strings so that no other list gives the same bytes: their number, then the length and the UTF-8 bytes of each,
 * numbers as 32 bits, big-endian.
 *
 * Throws `TypeError` for a lone surrogate, which UTF-8 cannot express: Node would write U+FFFD for it, and two
 * different strings would become one.
 */
export function lengthPrefixed(strings: readonly string[]): Buffer {
  let size = 4
  for (const text of strings) size += 4 + Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(size)
  let offset = bytes.writeUInt32BE(strings.length, 0)
  for (const text of strings) {
    if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no UTF-8 form')
    const length = bytes.write(text, offset + 4)
    offset = bytes.writeUInt32BE(length, offset) + length
  }
  return bytes
}
