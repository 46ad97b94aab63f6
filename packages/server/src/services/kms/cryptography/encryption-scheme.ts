import { type Secret, type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import type { Caller } from '../../../identity/accounts/caller.ts'
import type { EncryptionAlgorithm } from '../../../domain/keys/algorithms.ts'
import type { Services } from '../../../execution/services.ts'

/** What a request asks for, beside the text. */
export interface Encryption {
  algorithm: EncryptionAlgorithm
  context: Record<string, string> | undefined
}

/**
 * How keys of one kind encrypt. Both functions throw what the caller is to be told; a ciphertext that does not open is
 * InvalidCiphertextException without a message, so that nobody learns which part of it was wrong.
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
