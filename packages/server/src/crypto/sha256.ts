import { hash } from 'node:crypto'

/**
 * SHA-256 (FIPS 180-4) as 64 lower-case hex digits; a string is hashed as UTF-8.
 *
 * Hex, because Node answers a string in a quarter of the time it needs to allocate a Buffer for 32 bytes.
 */
export function sha256(data: Uint8Array | string): string {
  return hash('sha256', data)
}

/** {@link sha256} as 32 bytes. */
export function sha256Bytes(data: Uint8Array): Uint8Array {
  return hash('sha256', data, 'buffer')
}
