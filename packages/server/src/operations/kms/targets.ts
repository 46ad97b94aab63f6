import type { Input, OperationName } from '@keyhold/protocol'
import { STATE_RULES, type StateRule } from '../../keys/states.ts'
import type { KeyTarget } from '../define.ts'

type WithKeyId<N extends OperationName> = Input<N> extends { KeyId: string } ? N : never
type UsableWithKeyId = { [N in OperationName]: WithKeyId<N> }[OperationName]

/** The key of a management operation, which takes no alias. */
export function managedKey<N extends UsableWithKeyId>(states: StateRule): KeyTarget<N> {
  return { states, find: (input, lookup) => lookup.byKeyReference(input.KeyId) }
}

/** The key of a cryptographic operation, by any of its four names. */
export function encryptionKey<N extends UsableWithKeyId>(): KeyTarget<N> {
  return {
    states: STATE_RULES.use,
    usage: 'ENCRYPT_DECRYPT',
    find: (input, lookup) => lookup.byAnyReference(input.KeyId),
  }
}
