import { base32nopad } from '@scure/base'
import { SHARE_BYTES } from './share.ts'

/** A share on one line, as its QR code has it: digits and capitals, which QR codes hold in little space (ISO/IEC 18004). */

const PREFIX = 'KEYHOLD-SHARE-1:'
/** Base32 (RFC 4648, section 6) without padding. */
const DIGITS = Math.ceil((SHARE_BYTES * 8) / 5)
const LINE = new RegExp(`${PREFIX}([A-Z2-7]+)`, 'i')

/** The line of the bytes of a share. A string, which cannot be wiped. */
export function encodeLine(bytes: Uint8Array): string {
  return PREFIX + base32nopad.encode(bytes)
}

/**
 * The bytes of the first share in a text of any kind, such as a page of HTML, which the caller wipes; `damaged` when they are
 * not as long as those of a share, `undefined` if there is none in it.
 */
export function findLine(text: string): Uint8Array | 'damaged' | undefined {
  const digits = LINE.exec(text)?.[1]?.toUpperCase()
  if (digits === undefined) return undefined
  return digits.length === DIGITS ? decode(digits) : 'damaged'
}

function decode(digits: string): Uint8Array | 'damaged' {
  try {
    return base32nopad.decode(digits)
  } catch {
    return 'damaged' // bits behind the last byte are set
  }
}
