import { createHash, hash, type Hash } from 'node:crypto'

/**
 * SHA-256 (FIPS 180-4) as 64 lower-case hex digits. A string is hashed as UTF-8.
 *
 * Hex, because Node returns a string in a quarter of the time it takes to allocate a Buffer of 32 bytes.
 */
export function sha256(data: Uint8Array | string): string {
  return hash('sha256', data)
}

/** {@link sha256} as 32 bytes. */
export function sha256Bytes(data: Uint8Array): Uint8Array {
  return hash('sha256', data, 'buffer')
}

/** SHA-256 of what comes in parts. */
export function sha256Stream(): Hash {
  return createHash('sha256')
}
