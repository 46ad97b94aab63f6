import { createDecipheriv, type KeyObject } from 'node:crypto'
import { decryptOaep, modulusBytes } from '../asymmetric/oaep.ts'

/** What GetParametersForImport gave the public half of, and what ImportKeyMaterial brought. */
export interface WrappedMaterial {
  wrappingKey: KeyObject
  hash: 'sha1' | 'sha256'
  /** Whether the RSA block holds an AES key, and the material follows wrapped under it. */
  aesKeyWrap: boolean
  wrapped: Uint8Array
}

/** RFC 5649, section 3: the constant half of the alternative initial value. */
const ALTERNATIVE_IV = Buffer.from('A65959A6', 'hex')

const AES_KEY_BYTES = 32

/** RFC 5649, section 4.1: what wraps a single byte has two blocks. Of nothing at all, OpenSSL makes nothing at all. */
const MIN_WRAPPED_BYTES = 16

/**
 * The material in a buffer of its own, or `undefined` for whatever does not unwrap. For workers, as it takes an RSA
 * decryption.
 */
export function unwrapMaterial({
  wrappingKey: key,
  hash,
  aesKeyWrap,
  wrapped,
}: WrappedMaterial): Uint8Array | undefined {
  if (!aesKeyWrap) return decryptOaep({ key, hash, ciphertext: wrapped })
  const blockBytes = modulusBytes(key)
  const aesKey = decryptOaep({ key, hash, ciphertext: wrapped.subarray(0, blockBytes) })
  if (aesKey === undefined) return undefined
  const material = aesKey.byteLength === AES_KEY_BYTES ? unwrapAes(aesKey, wrapped.subarray(blockBytes)) : undefined
  aesKey.fill(0)
  return material
}

/** AES key wrap with padding (RFC 5649, 4.2; NIST SP 800-38F, 6.3). */
function unwrapAes(key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  if (wrapped.byteLength < MIN_WRAPPED_BYTES) return undefined
  const decipher = createDecipheriv('id-aes256-wrap-pad', key, ALTERNATIVE_IV)
  try {
    const material = decipher.update(wrapped)
    decipher.final()
    return material
  } catch {
    return undefined
  }
}
