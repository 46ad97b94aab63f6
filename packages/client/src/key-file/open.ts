import type { Secret } from '@keyhold/protocol'
import type { Cryptography } from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { checkedUnwrapped } from '../keyrings/checks.ts'
import type { Keyring } from '../keyrings/keyring.ts'
import { nothingOpens } from '../keyrings/wrapping-key.ts'
import { commitmentTo, sealingContext, WRAPPING_KEY_BYTES } from './format.ts'
import type { KeyFile } from './format.ts'

/**
 * The wrapping key of a key file. The caller wipes it.
 *
 * @throws EnvelopeError NO_KEY_OPENS; NOT_AUTHENTIC when what opens is not the key that the file commits to.
 */
export async function openSeal(
  cryptography: Cryptography,
  { id, commitment, sealed }: KeyFile,
  keyring: Keyring,
  signal: AbortSignal | undefined,
): Promise<Secret> {
  const context = sealingContext(id)
  const accepts = async (dataKey: Secret): Promise<boolean> =>
    cryptography.equal(commitment, await commitmentTo(cryptography, id, dataKey.reveal()))
  const request = { context, dataKeyBytes: WRAPPING_KEY_BYTES, encryptedDataKeys: sealed, accepts }
  const unwrapped = await keyring.onDecrypt({ ...request, ...(signal && { signal }) })
  const { dataKey, attempts } = checkedUnwrapped(unwrapped, request)
  if (dataKey === undefined) throw nothingOpens('key file', attempts)
  if (await accepts(dataKey)) return dataKey
  dataKey.wipe()
  throw new EnvelopeError('NOT_AUTHENTIC', 'The key file commits to another wrapping key than the one it holds.')
}
