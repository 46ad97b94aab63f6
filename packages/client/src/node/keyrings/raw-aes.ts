import type { Keyring } from '../../keyrings/keyring.ts'
import { RawAesKeyring } from '../../keyrings/raw-aes-keyring.ts'
import type { RawAesOptions } from '../../keyrings/raw-aes-keyring.ts'
import { nodeCryptography } from '../cryptography.ts'

/**
 * A keyring of an AES key that the caller has.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for a key of another length than 16, 24 or 32 bytes.
 */
export function rawAes(options: RawAesOptions): Keyring {
  return new RawAesKeyring(nodeCryptography, options)
}
