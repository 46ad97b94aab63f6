import type { Secret } from '@keyhold/protocol'
import type { AesGcm, Cryptography } from './crypto.ts'
import { EnvelopeError } from './error.ts'
import { COMMITMENT_INFO, encryptionKeyInfo } from './message/kdf.ts'
import type { Suite } from './message/suites.ts'

/** What one data key and one message id give: the message's own key, and the commitment to the data key. */
export interface MessageKey {
  readonly cipher: AesGcm
  readonly commitment: Uint8Array
}

/** Derives the key of one message. The data key stays the caller's to wipe; the derived bytes are wiped here. */
export async function deriveMessageKey(
  cryptography: Cryptography,
  suite: Suite,
  dataKey: Secret,
  messageId: Uint8Array,
): Promise<MessageKey> {
  const { kdfHash: hash, dataKeyBytes, commitmentBytes, encryptionKeyBytes } = suite
  if (dataKey.byteLength !== dataKeyBytes) throw wrongLength(dataKey.byteLength, dataKeyBytes)
  const shared = { hash, secret: dataKey.reveal(), salt: messageId }
  const commitment = await cryptography.hkdf({ ...shared, info: COMMITMENT_INFO, length: commitmentBytes })
  const key = await cryptography.hkdf({ ...shared, info: encryptionKeyInfo(suite), length: encryptionKeyBytes })
  try {
    return { cipher: await cryptography.aesGcm(key), commitment }
  } finally {
    key.fill(0)
  }
}

function wrongLength(found: number, needed: number): EnvelopeError {
  return new EnvelopeError(
    'INVALID_DATA_KEY',
    `The keyring returned a data key of ${found} bytes; the suite needs ${needed}.`,
  )
}

/** The tag over a header: GCM with nothing to encrypt, at IV 0, which no frame uses. */
export async function headerTag(cipher: AesGcm, suite: Suite, headerBody: Uint8Array): Promise<Uint8Array> {
  const iv = new Uint8Array(suite.ivBytes)
  const [sealed] = await cipher.seal([{ iv, aad: headerBody, plaintext: new Uint8Array(0) }])
  return sealed!.tag
}

export async function headerTagVerifies(
  cipher: AesGcm,
  suite: Suite,
  headerBody: Uint8Array,
  tag: Uint8Array,
): Promise<boolean> {
  const iv = new Uint8Array(suite.ivBytes)
  const opened = await cipher.open([{ iv, aad: headerBody, ciphertext: new Uint8Array(0), tag }])
  return opened !== undefined
}
