const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PADDING = 0x3d
const INVALID = 0xff

/** The six bits that each character encodes. */
const SEXTETS = new Uint8Array(256).fill(INVALID)
for (const [value, code] of ALPHABET.entries()) SEXTETS[code] = value

const encoder = new TextEncoder()

/** Room for the ASCII form of the longest blob of an ordinary request (6144 bytes), reused: allocation costs more than
 * decoding. It is empty between calls. */
const scratch = new Uint8Array(8192)

/** The length in characters of the base64 form of `byteLength` bytes, padding included. */
export function base64Length(byteLength: number): number {
  return Math.ceil(byteLength / 3) * 4
}

/** Writes the base64 form (RFC 4648, section 4) of `source` as ASCII at `target[offset]`; returns the end. */
export function writeBase64(source: Uint8Array, target: Uint8Array, offset: number): number {
  const whole = source.length - (source.length % 3)
  let end = offset
  for (let index = 0; index < whole; index += 3) {
    const bits = (source[index]! << 16) | (source[index + 1]! << 8) | source[index + 2]!
    target[end++] = ALPHABET[bits >> 18]!
    target[end++] = ALPHABET[(bits >> 12) & 63]!
    target[end++] = ALPHABET[(bits >> 6) & 63]!
    target[end++] = ALPHABET[bits & 63]!
  }
  return source.length === whole ? end : writeTail(source, whole, target, end)
}

function writeTail(source: Uint8Array, start: number, target: Uint8Array, offset: number): number {
  const hasTwo = source.length - start === 2
  const bits = (source[start]! << 16) | ((hasTwo ? source[start + 1]! : 0) << 8)
  target[offset] = ALPHABET[bits >> 18]!
  target[offset + 1] = ALPHABET[(bits >> 12) & 63]!
  target[offset + 2] = hasTwo ? ALPHABET[(bits >> 6) & 63]! : PADDING
  target[offset + 3] = PADDING
  return offset + 4
}

/**
 * Decodes base64 that has exactly one spelling: standard alphabet, padded, no white space, unused bits zero (RFC 4648,
 * sections 3.2, 3.3 and 3.5). Returns nothing for anything else.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length > scratch.length) return readBase64(encoder.encode(text))
  const { written } = encoder.encodeInto(text, scratch)
  const ascii = scratch.subarray(0, written)
  const bytes = written === text.length ? readBase64(ascii) : undefined // longer in UTF-8: not all ASCII
  ascii.fill(0) // it may spell a secret
  return bytes
}

/** As {@link decodeBase64}, from ASCII bytes: a secret in them never becomes a string. */
export function readBase64(ascii: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { length } = ascii
  if (length % 4 !== 0) return undefined
  const padding = ascii[length - 1] !== PADDING ? 0 : ascii[length - 2] !== PADDING ? 1 : 2
  // In memory of its own from the start: V8 moves small typed arrays about on its heap, and leaves copies of what may
  // be a secret there.
  const bytes = new Uint8Array(new ArrayBuffer((length / 4) * 3 - padding))
  const whole = padding === 0 ? length : length - 4
  let seen = 0
  let end = 0
  for (let index = 0; index < whole; index += 4) {
    const a = SEXTETS[ascii[index]!]!
    const b = SEXTETS[ascii[index + 1]!]!
    const c = SEXTETS[ascii[index + 2]!]!
    const d = SEXTETS[ascii[index + 3]!]!
    seen |= a | b | c | d
    bytes[end++] = (a << 2) | (b >> 4)
    bytes[end++] = (b << 4) | (c >> 2)
    bytes[end++] = (c << 6) | d
  }
  // Looked at once, at the end: valid sextets leave the two high bits alone.
  const valid = seen <= 63 && (padding === 0 || readTail(ascii, whole, padding, bytes, end))
  return valid ? bytes : undefined
}

function readTail(ascii: Uint8Array, start: number, padding: number, bytes: Uint8Array, end: number): boolean {
  const a = SEXTETS[ascii[start]!]!
  const b = SEXTETS[ascii[start + 1]!]!
  const c = padding === 1 ? SEXTETS[ascii[start + 2]!]! : 0
  bytes[end] = (a << 2) | (b >> 4)
  if (padding === 1) bytes[end + 1] = (b << 4) | (c >> 2)
  const unusedBits = padding === 1 ? c & 3 : b & 15
  return (a | b | c) <= 63 && unusedBits === 0
}
