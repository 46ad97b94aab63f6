import { serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import type { EncryptionAlgorithm } from '../../../domain/keys/algorithms.ts'
import type { EncryptionScheme } from './encryption-scheme.ts'
import { rsaEncryption } from './rsa-encryption.ts'
import { symmetricEncryption } from './symmetric-encryption.ts'
import { usedAlgorithm } from './used-key.ts'

/** The default algorithm of every request, whatever the key. */
export const DEFAULT_ENCRYPTION_ALGORITHM = 'SYMMETRIC_DEFAULT'

/** Returns the algorithm of a request. Throws if the key does not support it. */
export function encryptionAlgorithm(key: KeyEntry, wanted: string = DEFAULT_ENCRYPTION_ALGORITHM): EncryptionAlgorithm {
  return usedAlgorithm(key, 'ENCRYPT_DECRYPT', wanted)
}

/** SM2PKE is missing, because no key supports it. */
const SCHEMES: Readonly<Partial<Record<EncryptionAlgorithm['scheme'], EncryptionScheme>>> = Object.freeze({
  AES_256_GCM: symmetricEncryption,
  RSAES_OAEP: rsaEncryption,
})

/** Encrypts and decrypts with the scheme of the request's algorithm. */
export const encryption: EncryptionScheme = {
  encrypt: async (key, request, services) => schemeOf(request.algorithm).encrypt(key, request, services),
  decrypt: async (key, request, services) => schemeOf(request.algorithm).decrypt(key, request, services),
}

function schemeOf({ name, scheme }: EncryptionAlgorithm): EncryptionScheme {
  const found = SCHEMES[scheme]
  if (found === undefined)
    throw serviceError('UnsupportedOperationException', `${name} is not supported by this service.`)
  return found
}
