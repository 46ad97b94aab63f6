import { Secret } from '@keyhold/protocol'
import { aText } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import type { WrappedDataKey, WrapRequest } from './keyring.ts'
import { PROVIDER_ID } from './kms-unwrap.ts'

/** Wraps the data key that was given, or a new one, which is wiped again if that fails. */
export async function wrapLocally(
  request: WrapRequest,
  randomSecret: (length: number) => Uint8Array,
  wrap: (dataKey: Secret) => Promise<EncryptedDataKey> | EncryptedDataKey,
): Promise<WrappedDataKey> {
  const dataKey = request.dataKey ?? Secret.of(randomSecret(request.dataKeyBytes))
  try {
    return { dataKey, encryptedDataKeys: [await wrap(dataKey)] }
  } catch (error) {
    if (request.dataKey === undefined) dataKey.wipe()
    throw error
  }
}

/** How a raw keyring's key is called in messages. */
export interface RawKeyName {
  /** The key provider's id. Not one of AWS KMS's. */
  namespace: string
  name: string
}

export const RAW_KEY_NAME_SHAPE: Shape<RawKeyName> = { namespace: aText, name: aText }

/** @throws EnvelopeError INVALID_ARGUMENT for what would be taken for a KMS key. */
export function requireRawKeyName({ namespace, name }: RawKeyName): void {
  for (const text of [namespace, name]) {
    if (!text.isWellFormed()) throw new EnvelopeError('INVALID_ARGUMENT', 'A name holds half of a surrogate pair.')
  }
  if (namespace.startsWith(PROVIDER_ID)) {
    throw new EnvelopeError(
      'INVALID_ARGUMENT',
      `The namespace ${JSON.stringify(namespace)} belongs to keys of AWS KMS.`,
    )
  }
  if (namespace !== '' && name !== '') return
  throw new EnvelopeError('INVALID_ARGUMENT', 'A raw key needs a namespace and a name, by which messages refer to it.')
}
