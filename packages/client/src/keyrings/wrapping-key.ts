import type { Attempt } from '../base/attempt.ts'
import { readUint32 } from '../base/bytes.ts'
import { EnvelopeError } from '../base/error.ts'
import { type EncryptedDataKey, infoAsText } from '../message/encrypted-data-keys.ts'
import { anEncryptedDataKey } from './checks.ts'
import { parseParties } from './ecdh-format.ts'

/** The key provider that messages under a key file name, and the name of the pair that a key file's seals are bound to. */
export const KEY_FILE_NAMESPACE = 'keyhold-key-file'

/** What the key providers of the specification, and ours, call their keys; every other provider names a raw key. */
const KINDS: Readonly<Record<string, string>> = Object.freeze({
  'aws-kms': 'KMS key',
  'aws-kms-rsa': 'RSA key of a KMS',
  'aws-kms-hierarchy': 'branch key',
  'aws-kms-ecdh': 'key agreement with a KMS key',
  'raw-ecdh': 'key agreement',
  [KEY_FILE_NAMESPACE]: 'key file',
  'keyhold-recovery': 'recovery key',
})

/** Bits of the tag and bytes of the IV, which follow the name of a raw AES key. Specification, "Raw AES keyring". */
const RAW_AES = { tagBits: 128, ivBytes: 12, headBytes: 8 }
/** What no name that a person gave has in it. */
const UNPRINTABLE = /[\p{Cc}\ufffd]/u

/** Which kind of wrapping key a provider's id names. It comes from an unauthenticated header. */
function wrappingKeyKind(providerId: string): string {
  return Object.hasOwn(KINDS, providerId) ? KINDS[providerId]! : `raw key of ${JSON.stringify(providerId)}`
}

/**
 * How the wrapping key of an encrypted data key is called, without what else its keyring keeps beside the name. In
 * hexadecimal digits where it is no text. It comes from an unauthenticated header: escape it before printing.
 */
export function wrappingKeyName(candidate: EncryptedDataKey): string {
  anEncryptedDataKey(candidate, 'wrappingKeyName: the encrypted data key')
  const { providerId, providerInfo } = candidate
  if (providerId.endsWith('-ecdh')) {
    const parties = parseParties(providerInfo)
    if (parties !== undefined) return `recipient ${hex(parties.recipient)}`
  }
  const name = rawAesName(providerInfo) ?? providerInfo
  const text = infoAsText({ ...candidate, providerInfo: name })
  return UNPRINTABLE.test(text) ? hex(name) : text
}

/** The name before the lengths and the IV, if the bytes have that form. */
function rawAesName(info: Uint8Array): Uint8Array | undefined {
  const { tagBits, ivBytes, headBytes } = RAW_AES
  const end = info.length - headBytes - ivBytes
  if (end <= 0 || readUint32(info, end) !== tagBits || readUint32(info, end + 4) !== ivBytes) return undefined
  return info.subarray(0, end)
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Says of each encrypted data key which kind of key it names, and why it did not open. */
export function nothingOpens(what: 'message' | 'key file', attempts: readonly Attempt[]): EnvelopeError {
  const reasons = attempts.map(
    ({ provider, key, reason }) => `${wrappingKeyKind(provider)} ${JSON.stringify(key)}: ${reason}`,
  )
  const message = `No encrypted data key of the ${what} could be opened. ${reasons.join(' ')}`
  return new EnvelopeError('NO_KEY_OPENS', message, { attempts })
}
