import { lengthPrefixed } from './length-prefixed.ts'

/** What the caller says a ciphertext belongs to: authenticated, not secret. Names and values in any order. */
export type EncryptionContext = Readonly<Record<string, string>>

const NOTHING = new Uint8Array()

/**
 * The one form of an encryption context that is authenticated (docs/spec/encryption-context.md). The order of the
 * names makes no difference, everything else does. An empty context is no bytes at all, so that `{}` equals absence.
 * Throws `TypeError` for a lone surrogate.
 */
export function canonicalContext(context: EncryptionContext): Uint8Array {
  const names = Object.keys(context)
  if (names.length === 0) return NOTHING
  if (names.length > 1) names.sort(byUtf8)
  return lengthPrefixed(names.flatMap((name) => [name, context[name] ?? '']))
}

/** UTF-8 bytes of all names and values together, which AWS KMS limits to 8,192. */
export function contextBytes(context: EncryptionContext): number {
  let bytes = 0
  for (const [name, value] of Object.entries(context)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}

/** Orders as the UTF-8 bytes do. JavaScript's own order differs: it puts U+E000–U+FFFF after the surrogates. */
function byUtf8(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length)
  for (let index = 0; index < shorter; index++) {
    const difference = utf8Rank(left.charCodeAt(index)) - utf8Rank(right.charCodeAt(index))
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Moves the surrogates, which stand for U+10000 and above, behind all other code units. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
