import { createDecipheriv, type KeyObject } from 'node:crypto'
import { decryptOaep, modulusBytes } from '../asymmetric/oaep.ts'

/**
 * The wrapping key, whose public half GetParametersForImport returned, and the wrapped material from ImportKeyMaterial.
 */
export interface WrappedMaterial {
  wrappingKey: KeyObject
  hash: 'sha1' | 'sha256'
  /** Whether the RSA block holds an AES key that wraps the material after it. */
  aesKeyWrap: boolean
  wrapped: Uint8Array
}

/** RFC 5649, section 3: the constant half of the alternative initial value. */
const ALTERNATIVE_IV = Buffer.from('A65959A6', 'hex')

const AES_KEY_BYTES = 32

/** RFC 5649, section 4.1: even a single byte wraps to two blocks. OpenSSL unwraps empty input to empty output. */
const MIN_WRAPPED_BYTES = 16

/**
 * Returns the material in a new buffer, or `undefined` if it does not unwrap. For workers, because it takes an RSA
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
