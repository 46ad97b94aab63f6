import { createHmac } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** HMAC-SHA256 (RFC 2104, FIPS 198-1): 32 bytes. */
export function hmacSha256(key: KeyObject, message: Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest()
}
