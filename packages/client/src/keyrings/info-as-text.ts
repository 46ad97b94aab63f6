import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** What an encrypted data key says of its wrapping key, as text, whole. */
export function infoAsText({ providerInfo }: EncryptedDataKey): string {
  return decoder.decode(providerInfo)
}
