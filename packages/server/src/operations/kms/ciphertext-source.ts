import { type Input, type ServiceError, serviceError } from '@keyhold/protocol'
import { STATE_RULES } from '../../keys/states.ts'
import type { KeyTarget } from '../define.ts'
import { DEFAULT_ENCRYPTION_ALGORITHM } from './encryption.ts'

type Reads = 'Decrypt' | 'ReEncrypt'

/** The key to open a ciphertext with: the one the caller names, else the one that the ciphertext names. */
export function sourceKey<N extends Reads>(
  keyId: (input: Input<N>) => string | undefined,
): Omit<KeyTarget<N>, 'action'> {
  return {
    states: STATE_RULES.use,
    usage: 'ENCRYPT_DECRYPT',
    async find(input, lookup) {
      const named = keyId(input)
      return named === undefined ? lookup.byCiphertext(ciphertextOf(input)) : lookup.byAnyReference(named)
    },
  }
}

/** The model leaves the ciphertext optional; only a dry run that ignores it may do without. */
export function ciphertextFault(input: Input<Reads>): ServiceError | undefined {
  return input.CiphertextBlob === undefined && !ignoresCiphertext(input)
    ? serviceError('ValidationException', 'CiphertextBlob is required.')
    : undefined
}

/** The bare ciphertext of an asymmetric algorithm names no key, so that the request has to. */
export function namedKeyFault(
  member: string,
  keyId: string | undefined,
  algorithm: string = DEFAULT_ENCRYPTION_ALGORITHM,
): ServiceError | undefined {
  return keyId === undefined && algorithm !== DEFAULT_ENCRYPTION_ALGORITHM
    ? serviceError('ValidationException', `${member} is required with algorithm ${algorithm}.`)
    : undefined
}

/** Whether this is a dry run that asks about the permission alone. */
export function ignoresCiphertext(input: Input<Reads>): boolean {
  return input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true
}

export function ciphertextOf(input: Input<Reads>): Uint8Array {
  return input.CiphertextBlob ?? new Uint8Array()
}
