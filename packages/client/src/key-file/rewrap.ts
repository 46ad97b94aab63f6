import type { Cryptography } from '../crypto.ts'
import { EnvelopeError } from '../error.ts'
import { failedWith } from '../keyrings/attempt.ts'
import type { Attempt } from '../keyrings/attempt.ts'
import { isKeyArn, parseKeyArn } from '../keyrings/key-arn.ts'
import type { KeyArn } from '../keyrings/key-arn.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { encryptedBy, PROVIDER_ID } from '../keyrings/kms-unwrap.ts'
import { infoAsText } from '../keyrings/unwrap-each.ts'
import type { Kms } from '../kms/kms.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { sealingContext, WRAPPING_KEY_BYTES } from './format.ts'
import type { KeyFile } from './format.ts'
import { openSeal } from './open.ts'

export interface RewrapKeyFileOptions {
  /**
   * What shall open the file as well. The ARN of a KMS key is added by ReEncrypt, so that the wrapping key never leaves
   * the KMS; a keyring, by opening the file with `open` and sealing its key again.
   */
  add?: readonly (KeyArn | Keyring)[]
  /**
   * Names of keys that shall not open the file any more, as {@link keyNames} gives them. Whoever has kept a copy of the
   * old file can still open that, and it holds the same wrapping key.
   */
  remove?: readonly string[]
  /** The KMS to ask for ReEncrypt. It must have both keys. */
  kms?: Kms
  /** Opens the file as it is. */
  open?: Keyring
  signal?: AbortSignal
}

/** The names of the keys that open a file, in its order: for KMS keys, their ARNs. */
export function keyNames({ sealed }: KeyFile): string[] {
  return sealed.map(infoAsText)
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
  if (typeof key === 'string') return [await reEncrypted(file, key, options)]
  if (options.open === undefined) throw invalid('To seal a key file under a keyring, name what opens it now.')
  const { id } = file
  const { signal } = options
  using dataKey = await openSeal(cryptography, file, options.open, signal)
  const request = { context: sealingContext(id), dataKeyBytes: WRAPPING_KEY_BYTES, dataKey, ...(signal && { signal }) }
  return (await key.onEncrypt(request)).encryptedDataKeys
}

/** By the first of the file's KMS keys that the KMS lets us use. */
async function reEncrypted(
  file: KeyFile,
  destination: KeyArn,
  { kms, signal }: RewrapKeyFileOptions,
): Promise<EncryptedDataKey> {
  if (kms === undefined) throw invalid('To seal a key file under a KMS key, name the KMS to ask.')
  const { region } = parseKeyArn(destination)
  const attempts: Attempt[] = []
  for (const { providerId, providerInfo, ciphertext } of file.sealed) {
    const source = infoAsText({ providerId, providerInfo, ciphertext })
    if (providerId !== PROVIDER_ID || !isKeyArn(source) || parseKeyArn(source).region !== region) {
      const reason = `ReEncrypt does not lead from it to ${destination}.`
      attempts.push({ provider: providerId, key: source, tried: false, reason })
      continue
    }
    try {
      return await reEncrypt(kms, { file, source, ciphertext, destination }, signal)
    } catch (error) {
      signal?.throwIfAborted()
      attempts.push({ provider: providerId, key: source, ...failedWith(error) })
    }
  }
  const reasons = attempts.map(({ key, reason }) => `${JSON.stringify(key)}: ${reason}`).join(' ')
  const message = `No key of the key file could be re-encrypted to ${destination}. ${reasons}`
  throw new EnvelopeError('NO_KEY_OPENS', message, { attempts })
}

interface Step {
  file: KeyFile
  source: KeyArn
  ciphertext: Uint8Array
  destination: KeyArn
}

async function reEncrypt(
  kms: Kms,
  { file, source, ciphertext, destination }: Step,
  signal: AbortSignal | undefined,
): Promise<EncryptedDataKey> {
  const context = { ...sealingContext(file.id) }
  const from = { SourceKeyId: source, SourceEncryptionContext: context, CiphertextBlob: ciphertext }
  const to = { DestinationKeyId: destination, DestinationEncryptionContext: context }
  const { region } = parseKeyArn(destination)
  return encryptedBy(destination, await kms.call('ReEncrypt', { ...from, ...to }, { region, signal }))
}

function invalid(message: string): EnvelopeError {
  return new EnvelopeError('INVALID_ARGUMENT', message)
}
