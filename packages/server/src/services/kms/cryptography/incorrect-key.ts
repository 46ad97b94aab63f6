import { type ServiceError, serviceError } from '@keyhold/protocol'

/** What is said of a key that did not make the ciphertext. */
export function incorrectKey(): ServiceError {
  return serviceError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )
}
