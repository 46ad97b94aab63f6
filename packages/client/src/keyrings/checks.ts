import { aText, anObject, invalid, listOf, optional, someBytes, withMethods } from '../base/arguments.ts'
import type { Check, Shape } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import type { Unwrapped, UnwrapRequest, WrappedDataKey } from './keyring.ts'

export const aKeyring: Check = withMethods('a Keyring', 'onEncrypt', 'onDecrypt')
export const aKms: Check = withMethods('a connection to a KMS, as kms() makes', 'call')
const aSecret: Check = withMethods('a Secret', 'reveal', 'wipe')

/** What every KMS keyring takes besides its keys. */
export const GRANTS_SHAPE: Shape<{ grantTokens?: readonly string[] }> = { grantTokens: optional(listOf(aText)) }

export const anEncryptedDataKey: Check = (value, name) => {
  anObject(value, name)
  const { providerId, providerInfo, ciphertext } = value as EncryptedDataKey
  aText(providerId, `${name}.providerId`)
  someBytes(providerInfo, `${name}.providerInfo`)
  someBytes(ciphertext, `${name}.ciphertext`)
}

/** What a keyring that someone else wrote returned. @throws EnvelopeError INVALID_DATA_KEY. */
export function checkedWrapped(wrapped: WrappedDataKey): WrappedDataKey {
  return returned(wrapped, () => {
    anObject(wrapped, 'What the keyring returned')
    aSecret(wrapped.dataKey, 'dataKey')
    listOf(anEncryptedDataKey)(wrapped.encryptedDataKeys, 'encryptedDataKeys')
  })
}

/** The same, of one that was asked to unwrap. */
export function checkedUnwrapped(unwrapped: Unwrapped, { encryptedDataKeys }: UnwrapRequest): Unwrapped {
  return returned(unwrapped, () => {
    anObject(unwrapped, 'What the keyring returned')
    if (unwrapped.dataKey !== undefined) return aSecret(unwrapped.dataKey, 'dataKey')
    listOf(anObject)(unwrapped.attempts, 'attempts')
    const isOneEach = unwrapped.attempts.length === encryptedDataKeys.length
    if (!isOneEach) throw invalid('attempts', 'one reason for each encrypted data key', unwrapped.attempts)
  })
}

function returned<T>(value: T, check: () => void): T {
  try {
    check()
    return value
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EnvelopeError('INVALID_DATA_KEY', `The keyring does not return what a keyring must: ${why}`, { cause })
  }
}
