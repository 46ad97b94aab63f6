import { createHmac, timingSafeEqual } from 'node:crypto'
import { openGcm } from './aead.ts'

/** What docs/spec/hierarchy.md calls building blocks, written from that page and not from the server's code. */

const NONCE_BYTES = 16
const IV_BYTES = 12

/** `list(…)`: the number of strings and each string behind its length, in 4 bytes each. */
export function list(strings: readonly string[]): Buffer {
  const parts = strings.flatMap((text) => [uint32(Buffer.byteLength(text)), Buffer.from(text)])
  return Buffer.concat([uint32(strings.length), ...parts])
}

/** SP 800-108r1, counter mode with HMAC, one block of 256 bits. */
export function kdf(key: Uint8Array, label: string, context: Uint8Array, hash = 'sha256'): Buffer {
  const input = [uint32(1), Buffer.from(label), Buffer.alloc(1), context, uint32(256)]
  return createHmac(hash, key).update(Buffer.concat(input)).digest()
}

/** HMAC-SHA256. */
export function mac(key: Uint8Array, message: Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}

/** What a seal is bound to. `prefix` is how the sealed bytes begin. */
export interface Binding {
  label: string
  context: Uint8Array
  prefix: Uint8Array
}

/** Opens a seal, or returns `undefined`: another key, place or prefix, or changed bytes. */
export function openSeal(key: Uint8Array, { label, context, prefix }: Binding, sealed: Uint8Array): Buffer | undefined {
  const start = prefix.byteLength
  const headerBytes = start + NONCE_BYTES + IV_BYTES
  if (!isEqual(sealed.subarray(0, start), prefix)) return undefined
  const nonce = sealed.subarray(start, start + NONCE_BYTES)
  const subKey = kdf(key, label, Buffer.concat([context, nonce]))
  const header = sealed.subarray(0, headerBytes)
  const iv = sealed.subarray(start + NONCE_BYTES, headerBytes)
  return openGcm({ key: subKey, iv, aad: Buffer.concat([header, context]) }, sealed.subarray(headerBytes))
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
