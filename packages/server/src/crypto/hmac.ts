import { createHmac } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** HMAC-SHA256 (RFC 2104, FIPS 198-1): 32 bytes. A string is taken as UTF-8. */
export function hmacSha256(key: KeyObject, message: Uint8Array | string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

/** As {@link hmacSha256}, in lower-case hex, for what may become a string: Node makes it in two thirds of the time. */
export function hmacSha256Hex(key: KeyObject, message: Uint8Array | string): string {
  return createHmac('sha256', key).update(message).digest('hex')
}
