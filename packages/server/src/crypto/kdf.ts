import type { KeyObject } from 'node:crypto'
import { type DerivingHash, hmac } from './hmac.ts'

/** Bytes of every derived key: one block of the HMAC, so the counter is always 1. */
const DERIVED_KEY_BYTES = 32

/**
 * NIST SP 800-108r1, section 4.1: KDF in counter mode with HMAC, r = 32 and L = 256, both big-endian:
 *
 *     K(1) = HMAC(key, [1]₃₂ ‖ Label ‖ 0x00 ‖ Context ‖ [256]₃₂)
 *
 * `label` says what the derived key is for and is ASCII without NUL; `context` must be unambiguous among all contexts
 * of its label (fixed lengths, or {@link lengthPrefixed}). `hash` is that of the HMAC. The caller wipes the 32 bytes it gets.
 */
export function deriveKey(key: KeyObject, label: string, context: Uint8Array, hash: DerivingHash = 'sha256'): Buffer {
  const fixed = Buffer.allocUnsafe(label.length + 1 + context.byteLength + 4)
  fixed.write(label, 'latin1')
  fixed[label.length] = 0
  fixed.set(context, label.length + 1)
  fixed.writeUInt32BE(DERIVED_KEY_BYTES * 8, fixed.byteLength - 4)
  return firstBlock(key, fixed, hash)
}

/** K(1) over any fixed input data. Separate from {@link deriveKey} so that tests can run NIST's published vectors. */
export function firstBlock(key: KeyObject, fixedInput: Uint8Array, hash: DerivingHash = 'sha256'): Buffer {
  const message = Buffer.allocUnsafe(4 + fixedInput.byteLength)
  message.writeUInt32BE(1, 0)
  message.set(fixedInput, 4)
  return hmac(hash, key, message)
}
