import type { Secret } from '@keyhold/protocol'
import { chain } from './crypto.ts'
import type { AesGcm, Awaitable, Cryptography } from './crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { concat } from '../base/bytes.ts'
import { serializeContext } from './context.ts'
import type { EncryptionContext } from './context.ts'
import { HEADER_IV } from './header.ts'
import { COMMITMENT_INFO, encryptionKeyInfo, saltOf } from './kdf.ts'
import type { Suite } from './suites.ts'

/** What one data key and one message id give: the message's own key, and the commitment to the data key. */
export interface MessageKey {
  readonly cipher: AesGcm
  /** Empty for a suite that does not commit. */
  readonly commitment: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** Derives the key of one message. The data key stays the caller's to wipe; the derived bytes are wiped here. */
export function deriveMessageKey(
  cryptography: Cryptography,
  suite: Suite,
  dataKey: Secret,
  messageId: Uint8Array,
): Awaitable<MessageKey> {
  const { kdfHash: hash, dataKeyBytes, commitmentBytes } = suite
  if (dataKey.byteLength !== dataKeyBytes) throw wrongLength(dataKey.byteLength, dataKeyBytes)
  if (hash === undefined) return messageKey(cryptography, dataKey.reveal(), NOTHING)
  const outputs: { info: Uint8Array; length: number }[] = [
    { info: encryptionKeyInfo(suite, messageId), length: dataKeyBytes },
  ]
  if (commitmentBytes > 0) outputs.push({ info: COMMITMENT_INFO, length: commitmentBytes })
  const derived = cryptography.hkdf({ hash, secret: dataKey.reveal(), salt: saltOf(suite, messageId), outputs })
  return chain(derived, ([key, commitment = NOTHING]) => {
    try {
      return messageKey(cryptography, key!, commitment)
    } finally {
      key!.fill(0)
    }
  })
}

function messageKey(cryptography: Cryptography, key: Uint8Array, commitment: Uint8Array): Awaitable<MessageKey> {
  return chain(cryptography.aesGcm(key), (cipher) => ({ cipher, commitment }))
}

function wrongLength(found: number, needed: number): EnvelopeError {
  return new EnvelopeError(
    'INVALID_DATA_KEY',
    `The keyring returned a data key of ${found} bytes; the suite needs ${needed}.`,
  )
}

/**
 * What a header's tag is computed over: the header, then the pairs of context that it does not store. Specification,
 * "Encryption context to only authenticate"; no pairs are no bytes.
 */
export function headerAad(headerBody: Uint8Array, bound: EncryptionContext): Uint8Array {
  const unstored = serializeContext(bound)
  return unstored.length === 0 ? headerBody : concat([headerBody, unstored])
}

/** The tag over a header: GCM with nothing to encrypt. */
export function headerTag(cipher: AesGcm, aad: Uint8Array): Awaitable<Uint8Array> {
  return chain(cipher.seal([{ iv: HEADER_IV, aad, plaintext: NOTHING }]), ([sealed]) => sealed!.tag)
}

export function headerTagVerifies(
  cipher: AesGcm,
  iv: Uint8Array,
  aad: Uint8Array,
  tag: Uint8Array,
): Awaitable<boolean> {
  return chain(cipher.open([{ iv, aad, ciphertext: NOTHING, tag }]), (opened) => opened !== undefined)
}
