import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import type { Random } from '../platform/random.ts'
import { type AeadParameters, decryptAead, encryptAead, IV_BYTES, TAG_BYTES } from './aead.ts'
import { equalInConstantTime } from './constant-time.ts'
import { deriveKey } from './kdf.ts'
import { sha256Bytes } from './sha256.ts'

const NONCE_BYTES = 16
const FRESH_BYTES = NONCE_BYTES + IV_BYTES
const COMMITMENT_BYTES = 32
/** How much longer a sealed value is than its prefix and plaintext together, in bytes. */
export const COMMITTED_OVERHEAD_BYTES = FRESH_BYTES + COMMITMENT_BYTES + TAG_BYTES

/** Binds a sealed value to its purpose and place. Opening it needs the same values. */
export interface CommittedBinding {
  /** Labels for the KDF: of the encryption key, and of the commitment. They must differ. */
  labels: { key: string; commitment: string }
  /**
   * The start of the KDF's Context; the nonce and the hash of `additionalData` follow. Its length is fixed for its
   * labels.
   */
  context: Uint8Array
  /** Public bytes at the start of the sealed value, authenticated. */
  prefix: Uint8Array
  /** Authenticated and committed to, but not stored. */
  additionalData: Uint8Array
}

/**
 * Seals so that one sealed value opens under one key and one `additionalData` only, also for a person who knows the key
 * and crafts the value: AES-GCM alone does not promise that.
 *
 *     bound      = context ‖ nonce ‖ SHA-256(additionalData)
 *     sub-key    = KDF(key, key label, bound)
 *     commitment = KDF(key, commitment label, bound)
 *     header     = prefix ‖ nonce (16) ‖ IV (12) ‖ commitment (32)
 *     sealed     = header ‖ AES-256-GCM ciphertext ‖ tag (16)
 *     AAD        = header ‖ additionalData
 *
 * The KDF's HMAC has SHA-512/256, which GenerateMac does not offer: where the same bytes are imported as the material of an
 * HMAC key too, no MAC is a sub-key.
 */
export function sealCommitted(
  key: KeyObject,
  binding: CommittedBinding,
  plaintext: Uint8Array,
  random: Random,
): Uint8Array {
  const fresh = random.bytes(FRESH_BYTES)
  const bound = boundTo(binding, fresh)
  const header = Buffer.concat([binding.prefix, fresh, committed(key, binding, bound)])
  const parameters = parametersFor(key, binding, bound, header)
  const { ciphertext, tag } = encryptAead(parameters, plaintext)
  parameters.key.fill(0)
  return Buffer.concat([header, ciphertext, tag])
}

/**
 * Returns the plaintext, or `undefined` if `sealed` was not made by {@link sealCommitted} with this key and binding.
 * The caller must have compared the prefix: this function only authenticates it. Compares the commitment before it
 * decrypts.
 */
export function openCommitted(key: KeyObject, binding: CommittedBinding, sealed: Uint8Array): Secret | undefined {
  const freshStart = binding.prefix.byteLength
  const commitmentStart = freshStart + FRESH_BYTES
  const headerBytes = commitmentStart + COMMITMENT_BYTES
  const tagStart = sealed.byteLength - TAG_BYTES
  if (tagStart < headerBytes) return undefined
  const bound = boundTo(binding, sealed.subarray(freshStart, commitmentStart))
  const commitment = committed(key, binding, bound)
  if (!equalInConstantTime(commitment, sealed.subarray(commitmentStart, headerBytes))) return undefined
  const header = Buffer.concat([binding.prefix, sealed.subarray(freshStart, headerBytes)])
  const parameters = parametersFor(key, binding, bound, header)
  const box = { ciphertext: sealed.subarray(headerBytes, tagStart), tag: sealed.subarray(tagStart) }
  const plaintext = decryptAead(parameters, box)
  parameters.key.fill(0)
  return plaintext && Secret.of(plaintext)
}

function boundTo({ context, additionalData }: CommittedBinding, fresh: Uint8Array): Uint8Array {
  return Buffer.concat([context, fresh.subarray(0, NONCE_BYTES), sha256Bytes(additionalData)])
}

function committed(key: KeyObject, { labels }: CommittedBinding, bound: Uint8Array): Uint8Array {
  return deriveKey(key, labels.commitment, bound, 'sha512-256')
}

/** `header` is prefix ‖ nonce ‖ IV ‖ commitment. */
function parametersFor(
  key: KeyObject,
  { labels, prefix, additionalData }: CommittedBinding,
  bound: Uint8Array,
  header: Buffer,
): AeadParameters {
  const ivStart = prefix.byteLength + NONCE_BYTES
  return {
    key: deriveKey(key, labels.key, bound, 'sha512-256'),
    iv: header.subarray(ivStart, ivStart + IV_BYTES),
    additionalData: Buffer.concat([header, additionalData]),
  }
}
