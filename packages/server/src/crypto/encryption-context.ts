import { byUtf8 } from '@keyhold/protocol'
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
