import { createHmac, type KeyObject } from 'node:crypto'
import type { SigningHash } from '@keyhold/protocol'
import type { MacAlgorithm } from '../domain/keys/algorithms.ts'
import { equalInConstantTime } from './constant-time.ts'
import { sha256 } from './sha256.ts'

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

/** HMAC (RFC 2104, FIPS 198-1), not truncated. */
export function generateMac(key: KeyObject, { hash }: MacAlgorithm, message: Uint8Array): Uint8Array {
  return createHmac(hash, key).update(message).digest()
}

/** Returns whether `mac`, which can be any bytes, is the MAC of the message. */
export function verifyMac(key: KeyObject, algorithm: MacAlgorithm, message: Uint8Array, mac: Uint8Array): boolean {
  return equalInConstantTime(generateMac(key, algorithm, message), mac)
}

/** The hash functions of SigV4, computed by Node's OpenSSL. */
export const signingHash: SigningHash = {
  sha256Hex: sha256,
  hmac: (key, data) => createHmac('sha256', key).update(data).digest(),
}
