import type { ByteWriter } from '../base/bytes.ts'
import { EnvelopeError } from '../base/error.ts'

/** One copy of the message's data key, sealed under one wrapping key. */
export interface EncryptedDataKey {
  /** Which kind of keyring opens it: `aws-kms` for a KMS key. */
  readonly providerId: string
  /** Which key opens it; for `aws-kms` the key's ARN in UTF-8. */
  readonly providerInfo: Uint8Array
  readonly ciphertext: Uint8Array
}

const MAX_UINT16 = 0xffff

/** The encrypted data keys as they stand in a header: a count, then three strings with their lengths for each. */
export function writeEncryptedDataKeys(writer: ByteWriter, keys: readonly EncryptedDataKey[]): void {
  if (keys.length === 0 || keys.length > MAX_UINT16) throw unwritable(`${keys.length} of them`)
  writer.uint16(keys.length)
  for (const { providerId, providerInfo, ciphertext } of keys) {
    requireField(writer.prefixedText(providerId))
    writePrefixed(writer, providerInfo)
    writePrefixed(writer, ciphertext)
  }
}

function writePrefixed(writer: ByteWriter, bytes: Uint8Array): void {
  requireField(bytes.length)
  writer.uint16(bytes.length)
  writer.bytes(bytes)
}

function requireField(bytes: number): void {
  if (bytes > MAX_UINT16) throw unwritable(`a field of ${bytes} bytes`)
}

function unwritable(what: string): EnvelopeError {
  return new EnvelopeError(
    'INVALID_DATA_KEY',
    `The keyring returned encrypted data keys that no message can hold: ${what}.`,
  )
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What an encrypted data key says of its wrapping key, as text, whole. */
export function infoAsText({ providerInfo }: EncryptedDataKey): string {
  return decoder.decode(providerInfo)
}
