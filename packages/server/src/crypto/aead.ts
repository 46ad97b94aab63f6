import { createCipheriv, createDecipheriv } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
export const IV_BYTES = 12
export const TAG_BYTES = 16
const OPTIONS = { authTagLength: TAG_BYTES }

/** A key, the IV to use with it, and the data to authenticate without encrypting it. */
export interface AeadParameters {
  /**
   * 32 bytes, for one encryption only. They stay in a buffer, which the caller wipes: a KeyObject for a single use
   * costs half as much again, and only the garbage collector would wipe it.
   */
  key: Uint8Array
  /**
   * 12 bytes, never repeated with the same key. A repeated IV reveals the XOR of both plaintexts and the key that
   * authenticates.
   */
  iv: Uint8Array
  additionalData: Uint8Array
}

/** AES-256-GCM (NIST SP 800-38D) with a tag of 16 bytes. */
export function encryptAead(
  { key, iv, additionalData }: AeadParameters,
  plaintext: Uint8Array,
): { ciphertext: Uint8Array; tag: Uint8Array } {
  const cipher = createCipheriv(ALGORITHM, key, iv, OPTIONS).setAAD(additionalData)
  const ciphertext = cipher.update(plaintext)
  cipher.final() // GCM holds nothing back: final() only completes the tag
  return { ciphertext, tag: cipher.getAuthTag() }
}

/**
 * Returns the plaintext in a new buffer, or `undefined` if the tag does not verify. In that case no plaintext is left
 * in memory.
 */
export function decryptAead(
  { key, iv, additionalData }: AeadParameters,
  { ciphertext, tag }: { ciphertext: Uint8Array; tag: Uint8Array },
): Uint8Array | undefined {
  const decipher = createDecipheriv(ALGORITHM, key, iv, OPTIONS).setAAD(additionalData).setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  try {
    decipher.final()
    return plaintext
  } catch {
    plaintext.fill(0)
    return undefined
  }
}
