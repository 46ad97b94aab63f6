import type { Secret } from '@keyhold/protocol'
import type { SigningKey } from '../message/crypto.ts'
import type { EncryptionContext } from '../message/context.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import type { Suite } from '../message/suites.ts'

export interface EncryptionRequest {
  suite: Suite
  /** All that is authenticated, whether the message will store it or not. */
  context: EncryptionContext
  /** At most so many bytes will be encrypted; absent when unknown. */
  plaintextBytes?: number | undefined
  signal?: AbortSignal | undefined
}

/** What one message is written with. */
export interface EncryptionMaterials {
  /** The caller wipes it. */
  dataKey: Secret
  encryptedDataKeys: readonly EncryptedDataKey[]
  /** The request's, with the public key of the signature where the suite has one. */
  context: EncryptionContext
  signingKey?: SigningKey
}

export interface DecryptionRequest {
  suite: Suite
  context: EncryptionContext
  encryptedDataKeys: readonly EncryptedDataKey[]
  /** As a keyring is asked: whether a data key is this message's. */
  accepts?: ((dataKey: Secret) => Promise<boolean>) | undefined
  signal?: AbortSignal | undefined
}

/** Brings the materials of messages together: the specification's cryptographic materials manager (CMM). */
export interface MaterialsManager {
  toEncrypt(request: EncryptionRequest): Promise<EncryptionMaterials>

  /**
   * The data key of a message. The caller wipes it.
   *
   * @throws EnvelopeError NO_KEY_OPENS, with the reason for each encrypted data key.
   */
  toDecrypt(request: DecryptionRequest): Promise<Secret>
}
