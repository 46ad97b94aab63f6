import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { Random } from '../platform/random.ts'
import { IV_BYTES, TAG_BYTES, decryptAead, encryptAead } from './aead.ts'
import type { AeadParameters } from './aead.ts'
import { deriveKey } from './kdf.ts'

const NONCE_BYTES = 16
const FRESH_BYTES = NONCE_BYTES + IV_BYTES
/** How much longer a sealed value is than its prefix and plaintext together, in bytes. */
export const SEAL_OVERHEAD_BYTES = FRESH_BYTES + TAG_BYTES

/** Binds a sealed value to its purpose and place. Opening it needs the same values. */
export interface SealBinding {
  /** The KDF's Label. */
  label: string
  /** The start of the KDF's Context; the nonce follows. */
  context: Uint8Array
  /** Public bytes at the start of the sealed value, authenticated. */
  prefix: Uint8Array
  /** Authenticated too, but not stored. */
  additionalData: Uint8Array
}

/**
 * How everything in Keyhold is sealed: no long-lived key encrypts directly, each seal derives a key for itself alone.
 *
 *     sub-key = KDF(key, Label, context ‖ nonce)
 *     sealed  = prefix ‖ nonce (16) ‖ IV (12) ‖ AES-256-GCM ciphertext ‖ tag (16)
 *     AAD     = prefix ‖ nonce ‖ IV ‖ additionalData
 *
 * Nonce and IV are random, so two seals share a sub-key and an IV only when 28 random bytes repeat.
 */
export function sealDerived(key: KeyObject, binding: SealBinding, plaintext: Uint8Array, random: Random): Uint8Array {
  const header = Buffer.concat([binding.prefix, random.bytes(FRESH_BYTES)])
  const parameters = parametersFor(key, binding, header)
  const { ciphertext, tag } = encryptAead(parameters, plaintext)
  parameters.key.fill(0)
  return Buffer.concat([header, ciphertext, tag])
}

/**
 * Returns the plaintext, or `undefined` if `sealed` was not made by {@link sealDerived} with this key and binding. The
 * caller must have compared the prefix: this function only authenticates it.
 */
export function openDerived(key: KeyObject, binding: SealBinding, sealed: Uint8Array): Secret | undefined {
  const headerBytes = binding.prefix.byteLength + FRESH_BYTES
  const tagStart = sealed.byteLength - TAG_BYTES
  if (tagStart < headerBytes) return undefined
  const header = Buffer.concat([binding.prefix, sealed.subarray(binding.prefix.byteLength, headerBytes)])
  const parameters = parametersFor(key, binding, header)
  const box = { ciphertext: sealed.subarray(headerBytes, tagStart), tag: sealed.subarray(tagStart) }
  const plaintext = decryptAead(parameters, box)
  parameters.key.fill(0)
  return plaintext && Secret.of(plaintext)
}

/** The sub-key, IV and AAD of one seal. `header` is prefix ‖ nonce ‖ IV. */
function parametersFor(
  key: KeyObject,
  { label, context, additionalData }: SealBinding,
  header: Buffer,
): AeadParameters {
  const ivStart = header.byteLength - IV_BYTES
  const nonce = header.subarray(ivStart - NONCE_BYTES, ivStart)
  return {
    key: deriveKey(key, label, Buffer.concat([context, nonce])),
    iv: header.subarray(ivStart),
    additionalData: additionalData.byteLength === 0 ? header : Buffer.concat([header, additionalData]),
  }
}
