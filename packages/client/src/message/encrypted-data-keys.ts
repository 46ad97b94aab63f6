import { EnvelopeError } from '../error.ts'
import { concat, uint16 } from './bytes.ts'

/** One copy of the message's data key, sealed under one wrapping key. */
export interface EncryptedDataKey {
  /** Which kind of keyring opens it: `aws-kms` for a KMS key. */
  readonly providerId: string
  /** Which key opens it; for `aws-kms` the key's ARN in UTF-8. */
  readonly providerInfo: Uint8Array
  readonly ciphertext: Uint8Array
}

const MAX_UINT16 = 0xffff

const encoder = new TextEncoder()

/** The encrypted data keys as they stand in a header: a count, then three strings with their lengths for each. */
export function serializeEncryptedDataKeys(keys: readonly EncryptedDataKey[]): Uint8Array {
  if (keys.length === 0 || keys.length > MAX_UINT16) throw unwritable(`${keys.length} of them`)
  const parts = keys.flatMap(({ providerId, providerInfo, ciphertext }) =>
    [encoder.encode(providerId), providerInfo, ciphertext].flatMap(lengthPrefixed),
  )
  return concat([uint16(keys.length), ...parts])
}

function lengthPrefixed(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  if (bytes.length > MAX_UINT16) throw unwritable(`a field of ${bytes.length} bytes`)
  return [uint16(bytes.length), bytes]
}

function unwritable(what: string): EnvelopeError {
  return new EnvelopeError(
    'INVALID_DATA_KEY',
    `The keyring returned encrypted data keys that no message can hold: ${what}.`,
  )
}
