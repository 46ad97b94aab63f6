import { type Secret, type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import type { Caller } from '../../../identity/accounts/caller.ts'
import type { EncryptionAlgorithm } from '../../../domain/keys/algorithms.ts'
import type { Services } from '../../../execution/services.ts'

/** The parameters of a request, without the text. */
export interface Encryption {
  algorithm: EncryptionAlgorithm
  context: Record<string, string> | undefined
}

/**
 * How keys of one type encrypt. Both functions throw the errors for the caller. A ciphertext that does not decrypt is
 * an InvalidCiphertextException without a message, so that it does not reveal which part was wrong.
 */
export interface EncryptionScheme {
  encrypt(
    key: KeyEntry,
    request: Encryption & { plaintext: Secret },
    services: Services,
  ): Promise<{ ciphertext: Uint8Array; materialId?: string }>
  decrypt(
    key: KeyEntry,
    request: Encryption & { ciphertext: Uint8Array; caller: Caller },
    services: Services,
  ): Promise<{ plaintext: Secret; materialId?: string }>
}

/** What is said of a key that did not make the ciphertext. */
export function incorrectKey(): ServiceError {
  return serviceError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )
}
