import type { Cryptography } from '../message/crypto.ts'
import { aFunction, anObject, aSignal, aText, either, listOf, optional, shaped } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import { failedWith } from '../base/attempt.ts'
import type { Attempt } from '../base/attempt.ts'
import { aKeyring, aKms, anEncryptedDataKey, checkedWrapped } from '../keyrings/checks.ts'
import { isKeyArn, parseKeyArn } from '../keyrings/key-arn.ts'
import type { KeyArn } from '../keyrings/key-arn.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { DISCOVERY_FILTER_SHAPE, outsideOf } from '../keyrings/kms-discovery-keyring.ts'
import type { DiscoveryFilter } from '../keyrings/kms-discovery-keyring.ts'
import { KmsKeyring } from '../keyrings/kms-keyring.ts'
import { encryptedBy, PROVIDER_ID } from '../keyrings/kms-unwrap.ts'
import { infoAsText, type EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import type { Kms } from '../kms/kms.ts'
import { sealingContext, WRAPPING_KEY_BYTES } from './format.ts'
import type { KeyFile } from './format.ts'
import { openSeal } from './open.ts'

export interface RewrapKeyFileOptions {
  /**
   * What shall open the file as well. The ARN of a KMS key is added by ReEncrypt, so that the wrapping key never leaves
   * the KMS, if a key of the file is in its region; else, and for a keyring, by opening the file with `open` and sealing
   * its key again.
   */
  add?: readonly (KeyArn | Keyring)[]
  /**
   * Names of keys that shall not open the file any more, as {@link keyNames} gives them. A person who has kept a copy of the
   * old file can still open that, and it holds the same wrapping key.
   */
  remove?: readonly string[]
  /** The KMS to ask for ReEncrypt. It must have both keys. */
  kms?: Kms
  /**
   * Which of the file's keys may be re-encrypted from: these, or any of these accounts. Needed with `kms`: else the person who
   * wrote the file could have it hold a wrapping key that they know, sealed under a key of their own, and it would become
   * a file of yours.
   */
  from?: readonly KeyArn[] | DiscoveryFilter
  /** Opens the file as it is. */
  open?: Keyring
  /** Told what the new file could not take over from the one that it replaced. */
  onNotKept?: (what: readonly string[]) => void
  signal?: AbortSignal
}

export const REWRAP_KEY_FILE_SHAPE: Shape<RewrapKeyFileOptions> = {
  add: optional(listOf(either('the ARN of a key, or a Keyring', aText, aKeyring))),
  remove: optional(listOf(aText)),
  kms: optional(aKms),
  from: optional(
    either('ARNs of keys, or accounts and their partition', listOf(aText), shaped(DISCOVERY_FILTER_SHAPE)),
  ),
  open: optional(aKeyring),
  onNotKept: optional(aFunction),
  signal: optional(aSignal),
}

/** The names of the keys that open a file, in its order: for KMS keys, their ARNs. */
export function keyNames(file: KeyFile): string[] {
  anObject(file, 'keyNames: the key file')
  listOf(anEncryptedDataKey)(file.sealed, 'keyNames: sealed')
  return file.sealed.map(infoAsText)
}

/**
 * The same wrapping key under other keys, so that every file under it changes hands without being touched.
 *
 * @throws EnvelopeError INVALID_ARGUMENT when nothing would open the file any more, or a key to remove is not there.
 */
export async function rewrapped(
  cryptography: Cryptography,
  file: KeyFile,
  options: RewrapKeyFileOptions,
): Promise<KeyFile> {
  const { add = [], remove = [] } = options
  const names = keyNames(file)
  const absent = remove.find((name) => !names.includes(name))
  if (absent !== undefined) throw invalid(`The key file is not sealed under ${JSON.stringify(absent)}.`)
  const kept = file.sealed.filter((_, index) => !remove.includes(names[index]!))
  if (kept.length + add.length === 0) throw invalid('No key would open the key file any more.')
  const added: EncryptedDataKey[] = []
  for (const key of add) added.push(...(await sealed(cryptography, file, key, options)))
  return { ...file, sealed: [...kept, ...added] }
}

async function sealed(
  cryptography: Cryptography,
  file: KeyFile,
  key: KeyArn | Keyring,
  options: RewrapKeyFileOptions,
): Promise<readonly EncryptedDataKey[]> {
  if (typeof key !== 'string') return sealedAgain(cryptography, file, key, options)
  const { kms, from, open } = options
  if (kms === undefined) throw invalid('To seal a key file under a KMS key, name the KMS to ask.')
  if (from === undefined) throw invalid('To re-encrypt a key file, name the keys or the accounts it may come from.')
  const destination: Destination = { kms, from, key }
  const canReEncrypt = file.sealed.some((seal) => whyNot(seal, destination) === undefined)
  if (canReEncrypt || open === undefined) return [await reEncrypted(file, destination, options.signal)]
  return sealedAgain(cryptography, file, new KmsKeyring({ kms, generator: key }), options)
}

async function sealedAgain(
  cryptography: Cryptography,
  file: KeyFile,
  keyring: Keyring,
  { open, signal }: RewrapKeyFileOptions,
): Promise<readonly EncryptedDataKey[]> {
  if (open === undefined) throw invalid('To seal a key file under a keyring, name what opens it now.')
  using dataKey = await openSeal(cryptography, file, open, signal)
  const context = sealingContext(file.id)
  const request = { context, dataKeyBytes: WRAPPING_KEY_BYTES, dataKey, ...(signal && { signal }) }
  return checkedWrapped(await keyring.onEncrypt(request)).encryptedDataKeys
}

interface Destination {
  kms: Kms
  from: readonly KeyArn[] | DiscoveryFilter
  key: KeyArn
}

/** By the first of the file's KMS keys that the KMS lets us use. */
async function reEncrypted(
  file: KeyFile,
  destination: Destination,
  signal: AbortSignal | undefined,
): Promise<EncryptedDataKey> {
  const attempts: Attempt[] = []
  for (const seal of file.sealed) {
    const named = { provider: seal.providerId, key: infoAsText(seal) }
    const reason = whyNot(seal, destination)
    if (reason !== undefined) {
      attempts.push({ ...named, tried: false, reason })
      continue
    }
    try {
      return await reEncrypt(file.id, seal, destination, signal)
    } catch (error) {
      signal?.throwIfAborted()
      attempts.push({ ...named, ...failedWith(error) })
    }
  }
  const reasons = attempts.map(({ key, reason }) => `${JSON.stringify(key)}: ${reason}`).join(' ')
  const message = `No key of the key file could be re-encrypted to ${destination.key}. ${reasons}`
  throw new EnvelopeError('NO_KEY_OPENS', message, { attempts })
}

/** Why ReEncrypt is not asked to lead from a seal to a key. */
function whyNot(seal: EncryptedDataKey, { from, key }: Destination): string | undefined {
  const source = infoAsText(seal)
  const isKmsKey = seal.providerId === PROVIDER_ID && isKeyArn(source)
  if (!isKmsKey || parseKeyArn(source).region !== parseKeyArn(key).region) {
    return `ReEncrypt does not lead from it to ${key}.`
  }
  if ('accounts' in from) return outsideOf(from, source)
  return from.includes(source) ? undefined : 'it is not among the keys that may open the file.'
}

async function reEncrypt(
  id: string,
  seal: EncryptedDataKey,
  { kms, key }: Destination,
  signal: AbortSignal | undefined,
): Promise<EncryptedDataKey> {
  const context = { ...sealingContext(id) }
  const from = { SourceKeyId: infoAsText(seal), SourceEncryptionContext: context, CiphertextBlob: seal.ciphertext }
  const to = { DestinationKeyId: key, DestinationEncryptionContext: context }
  const { region } = parseKeyArn(key)
  return encryptedBy(key, await kms.call('ReEncrypt', { ...from, ...to }, { region, signal }))
}

function invalid(message: string): EnvelopeError {
  return new EnvelopeError('INVALID_ARGUMENT', message)
}
