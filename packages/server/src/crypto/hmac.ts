import { createHmac } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/**
 * Hashes with a 32-byte digest that derive keys. SHA-512/256 (FIPS 180-4, section 5.3.6) is not a truncated SHA-512:
 * its initial values differ.
 */
export type DerivingHash = 'sha256' | 'sha512-256'

/** HMAC (RFC 2104, FIPS 198-1) with one of these hashes: 32 bytes. A string is encoded as UTF-8. */
export function hmac(hash: DerivingHash, key: KeyObject, message: Uint8Array | string): Buffer {
  return createHmac(hash, key).update(message).digest()
}

/** {@link hmac} with SHA-256. */
export function hmacSha256(key: KeyObject, message: Uint8Array | string): Buffer {
  return hmac('sha256', key, message)
}

/**
 * Like {@link hmacSha256}, in lower-case hex. Where the result can be a string, Node computes it in two thirds of the
 * time.
 */
export function hmacSha256Hex(key: KeyObject, message: Uint8Array | string): string {
  return createHmac('sha256', key).update(message).digest('hex')
}
