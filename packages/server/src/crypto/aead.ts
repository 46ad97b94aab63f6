import { createCipheriv, createDecipheriv } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
export const IV_BYTES = 12
export const TAG_BYTES = 16
const OPTIONS = { authTagLength: TAG_BYTES }

/** A key, the IV it is used with, and what is authenticated beside the text. */
export interface AeadParameters {
  /**
   * 32 bytes that encrypt once. They stay a buffer, which the caller wipes: a KeyObject for a single use would cost
   * half as much again and be wiped only by the garbage collector.
   */
  key: Uint8Array
  /** 12 bytes, never twice for one key: repeated, they reveal the XOR of both texts and the key that authenticates. */
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

/** The plaintext in a buffer of its own, or `undefined` when the tag does not verify; then no byte of it remains. */
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
