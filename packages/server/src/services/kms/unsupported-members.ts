import { type ServiceError, serviceError } from '@keyhold/protocol'

/**
 * Attested enclaves are not supported. Such a request is refused, because a response in plaintext would be worse than
 * none.
 */
export function refuseRecipient(input: { Recipient?: object }): ServiceError | undefined {
  return input.Recipient === undefined
    ? undefined
    : serviceError('UnsupportedOperationException', 'Recipient is not supported by this service.')
}

/** Custom key stores are not supported. */
export function refuseCustomKeyStore(input: { CustomKeyStoreId?: string }): ServiceError | undefined {
  return input.CustomKeyStoreId === undefined
    ? undefined
    : serviceError('UnsupportedOperationException', 'Custom key stores are not supported by this service.')
}
