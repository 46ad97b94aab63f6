/**
 * One element of BER (X.690, 8.1): its tag and a view of its contents. Nothing is copied, because it can be a private
 * key.
 */
export interface Element {
  tag: number
  contents: Uint8Array
}

const CONSTRUCTED = 0x20
const INDEFINITE = 0x80

/** A private key with attributes has six levels. Anything deeper is not a private key. */
const MAX_DEPTH = 16

/**
 * Splits `bytes` into its elements. Returns `undefined` if bytes are left over or missing. Does not read tags of more
 * than one byte: no private key has one.
 */
export function elementsOf(bytes: Uint8Array, depth = 0): Element[] | undefined {
  const found: Element[] = []
  for (let offset = 0; offset < bytes.byteLength;) {
    const next = elementAt(bytes, offset, depth)
    if (next === undefined) return undefined
    found.push(next.element)
    offset = next.end
  }
  return found
}

/**
 * The contents of an OCTET STRING or BIT STRING. In DER these are the bytes themselves. BER can wrap them in one more
 * element, which this function removes. Returns `undefined` for a string in several pieces.
 */
export function stringOf({ tag, contents }: Element): Uint8Array | undefined {
  if ((tag & CONSTRUCTED) === 0) return contents
  const [only, ...others] = elementsOf(contents) ?? []
  return only && others.length === 0 && (only.tag & CONSTRUCTED) === 0 ? only.contents : undefined
}

function elementAt(bytes: Uint8Array, offset: number, depth: number): { element: Element; end: number } | undefined {
  const [tag, first] = [bytes[offset], bytes[offset + 1]]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined
  if (first === INDEFINITE) return indefiniteAt(bytes, offset, depth)
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const start = offset + 2 + lengthBytes
  const end = start + (first < 0x80 ? first : lengthIn(bytes.subarray(offset + 2, start)))
  if (lengthBytes > 4 || end > bytes.byteLength) return undefined
  return { element: { tag, contents: bytes.subarray(start, end) }, end }
}

/** X.690, 8.1.3.6: the contents end with an element of two zeros. */
function indefiniteAt(bytes: Uint8Array, start: number, depth: number): ReturnType<typeof elementAt> {
  const tag = bytes[start] ?? 0
  if (depth >= MAX_DEPTH || (tag & CONSTRUCTED) === 0) return undefined
  for (let offset = start + 2; ;) {
    const next = elementAt(bytes, offset, depth + 1)
    if (next === undefined) return undefined
    if (next.element.tag === 0) {
      return next.element.contents.byteLength === 0
        ? { element: { tag, contents: bytes.subarray(start + 2, offset) }, end: next.end }
        : undefined
    }
    offset = next.end
  }
}

function lengthIn(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 0x100 + byte, 0)
}
