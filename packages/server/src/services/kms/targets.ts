import type { Input, KeyUsageType, OperationName } from '@keyhold/protocol'
import { type OwnConditions, saidOr } from '../../domain/policy/request-facts.ts'
import { STATE_RULES, type StateRule } from '../../domain/keys/states.ts'
import type { KeyTarget } from '../../execution/define.ts'
import { DEFAULT_ENCRYPTION_ALGORITHM } from './cryptography/encryption.ts'

type WithKeyId<N extends OperationName> = Input<N> extends { KeyId: string } ? N : never
type UsableWithKeyId = { [N in OperationName]: WithKeyId<N> }[OperationName]

/** The key of a management operation, which does not accept an alias. */
export function managedKey<N extends UsableWithKeyId>(states: StateRule): KeyTarget<N> {
  return { states, find: (input, lookup) => lookup.byKeyReference(input.KeyId) }
}

/** The value of kms:EncryptionAlgorithm, including the default. */
export function encryptionAlgorithmCondition(named: string | undefined): OwnConditions {
  return { 'kms:encryptionalgorithm': saidOr(named, DEFAULT_ENCRYPTION_ALGORITHM) }
}

/** The key of a cryptographic operation, in any of its four forms. */
export function cryptographicKey<N extends UsableWithKeyId>(
  usage: KeyUsageType,
  conditions?: KeyTarget<N>['conditions'],
): KeyTarget<N> {
  return {
    states: STATE_RULES.use,
    usage,
    find: (input, lookup) => lookup.byAnyReference(input.KeyId),
    ...(conditions && { conditions }),
  }
}

/** The condition keys of an operation that always uses the default algorithm. */
export const DEFAULT_ENCRYPTION_CONDITION: OwnConditions = { 'kms:encryptionalgorithm': DEFAULT_ENCRYPTION_ALGORITHM }

/** The key that encrypts a data key. */
export function dataSealingKey<N extends 'GenerateDataKey' | 'GenerateDataKeyWithoutPlaintext'>(): KeyTarget<N> {
  return cryptographicKey('ENCRYPT_DECRYPT', () => DEFAULT_ENCRYPTION_CONDITION)
}

/** The key of an HMAC operation. */
export function macKey<N extends 'GenerateMac' | 'VerifyMac'>(): KeyTarget<N> {
  return cryptographicKey('GENERATE_VERIFY_MAC', ({ MacAlgorithm }) => ({ 'kms:macalgorithm': MacAlgorithm }))
}

/** The key of an encapsulation. AWS has no condition keys for it. */
export function encapsulationKey<N extends 'Encapsulate' | 'Decapsulate'>(): KeyTarget<N> {
  return cryptographicKey('ENCAPSULATE_DECAPSULATE')
}
