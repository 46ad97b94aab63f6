/** One element of BER (X.690, 8.1): its tag, and where its contents are. Nothing is copied: it may be a private key. */
export interface Element {
  tag: number
  contents: Uint8Array
}

const CONSTRUCTED = 0x20
const INDEFINITE = 0x80

/** Of a private key with attributes there are six levels; what is deeper is none. */
const MAX_DEPTH = 16

/**
 * The elements that `bytes` are made of, one after another; `undefined` where something is left over, or missing. Tags
 * of more than one byte are not read: no private key has one.
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
 * What an OCTET STRING or BIT STRING holds: in DER that is the contents. BER may wrap them in one element more, which is
 * taken away here; a string in several pieces is `undefined`.
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
