import type { Secret } from '@keyhold/protocol'
import type { EncryptionContext } from '../message/context.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import type { Attempt } from '../base/attempt.ts'

/** What a keyring needs in order to wrap a data key. */
export interface WrapRequest {
  /** The whole context of the message, the reserved pairs included. */
  context: EncryptionContext
  /** How many bytes the data key has. */
  dataKeyBytes: number
  /** A data key that another keyring has made: to be wrapped, not to be made. It stays the caller's. */
  dataKey?: Secret
  /** Whether the message is signed. */
  isSigned?: boolean
  signal?: AbortSignal
}

export interface WrappedDataKey {
  /** The one that was given; else a new one, which the caller wipes. */
  dataKey: Secret
  /** At least one. */
  encryptedDataKeys: readonly EncryptedDataKey[]
}

export interface UnwrapRequest {
  context: EncryptionContext
  dataKeyBytes: number
  encryptedDataKeys: readonly EncryptedDataKey[]
  isSigned?: boolean
  /**
   * Whether a data key of the right length is the message's: it says so by its commitment and its header's tag. For
   * wrapping that cannot tell by itself what was wrapped from what was not. The data key stays the caller's.
   */
  accepts?: (dataKey: Secret) => Promise<boolean>
  signal?: AbortSignal
}

export type Unwrapped =
  | { dataKey: Secret; attempts?: undefined }
  | { dataKey?: undefined; attempts: readonly Attempt[] }

/** Something that can seal a data key, and open what it sealed. */
export interface Keyring {
  /**
   * Makes a data key, unless it is given one, and wraps it.
   *
   * @throws when it cannot, or when any of several wrapping keys cannot; no data key that it made is left in memory then.
   */
  onEncrypt(request: WrapRequest): Promise<WrappedDataKey>

  /**
   * Opens the first encrypted data key that it can; the caller wipes the data key. When none opens it returns the
   * reason for each, in order. It never throws because one of them fails: another may open. It throws when `signal`
   * aborts.
   */
  onDecrypt(request: UnwrapRequest): Promise<Unwrapped>
}
