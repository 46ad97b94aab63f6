import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto'

/** RSAES-OAEP (RFC 8017, 7.1) with an empty label and one hash for label and mask. */
export interface Oaep {
  key: KeyObject
  hash: 'sha1' | 'sha256'
}

const PADDING = constants.RSA_PKCS1_OAEP_PADDING

/**
 * Returns the bare RSA block, as long as the modulus. Throws for a plaintext that is too long, which is a bug in the
 * caller.
 */
export function encryptOaep({ key, hash }: Oaep, plaintext: Uint8Array): Uint8Array {
  return publicEncrypt({ key, padding: PADDING, oaepHash: hash }, plaintext)
}

/**
 * Returns the plaintext in a new buffer, or `undefined`. The result does not say which step of 7.1.2 failed (see its
 * note, and Manger's attack). Step 1 is done here, because OpenSSL accepts a block without its leading zeros. Takes a
 * millisecond or more: for workers.
 */
export function decryptOaep({ key, hash, ciphertext }: Oaep & { ciphertext: Uint8Array }): Uint8Array | undefined {
  if (ciphertext.byteLength !== modulusBytes(key)) return undefined
  try {
    return privateDecrypt({ key, padding: PADDING, oaepHash: hash }, ciphertext)
  } catch {
    return undefined
  }
}

/** The length of every block under the key, in bytes. */
export function modulusBytes({ asymmetricKeyDetails }: KeyObject): number {
  return Math.ceil((asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}
