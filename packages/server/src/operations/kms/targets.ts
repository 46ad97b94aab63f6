import type { Input, OperationName } from '@keyhold/protocol'
import type { OwnConditions } from '../../authorization/request-facts.ts'
import { STATE_RULES, type StateRule } from '../../keys/states.ts'
import type { KeyTarget } from '../define.ts'

type WithKeyId<N extends OperationName> = Input<N> extends { KeyId: string } ? N : never
type UsableWithKeyId = { [N in OperationName]: WithKeyId<N> }[OperationName]

/** The key of a management operation, which takes no alias. */
export function managedKey<N extends UsableWithKeyId>(states: StateRule): KeyTarget<N> {
  return { states, find: (input, lookup) => lookup.byKeyReference(input.KeyId) }
}

/** What policies see as kms:EncryptionAlgorithm: a default that is left unsaid too. */
export function encryptionAlgorithmCondition(named: string | undefined): OwnConditions {
  return { 'kms:encryptionalgorithm': named ?? 'SYMMETRIC_DEFAULT' }
}

/** The key of a cryptographic operation, by any of its four names. */
export function encryptionKey<N extends UsableWithKeyId>(): KeyTarget<N> {
  return {
    states: STATE_RULES.use,
    usage: 'ENCRYPT_DECRYPT',
    find: (input, lookup) => lookup.byAnyReference(input.KeyId),
    conditions: (input) =>
      encryptionAlgorithmCondition('EncryptionAlgorithm' in input ? input.EncryptionAlgorithm : undefined),
  }
}
