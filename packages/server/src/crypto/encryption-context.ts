import { byUtf8 } from '@keyhold/protocol'
import { lengthPrefixed } from './length-prefixed.ts'

/** Names and values, in any order, that the caller binds to a ciphertext. They are authenticated, and not secret. */
export type EncryptionContext = Readonly<Record<string, string>>

const NOTHING = new Uint8Array()

/**
 * The canonical bytes of an encryption context, which are authenticated (docs/spec/encryption-context.md). They do not
 * depend on the order of the names. An empty context has no bytes, so `{}` equals an absent context. Throws `TypeError`
 * for a lone surrogate.
 */
export function canonicalContext(context: EncryptionContext): Uint8Array {
  const names = Object.keys(context)
  if (names.length === 0) return NOTHING
  if (names.length > 1) names.sort(byUtf8)
  return lengthPrefixed(names.flatMap((name) => [name, context[name] ?? '']))
}

/** The UTF-8 bytes of all names and values together. AWS KMS limits them to 8,192. */
export function contextBytes(context: EncryptionContext): number {
  let bytes = 0
  for (const [name, value] of Object.entries(context)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}
