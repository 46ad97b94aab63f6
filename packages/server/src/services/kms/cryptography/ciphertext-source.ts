import { type Input, type ServiceError, serviceError } from '@keyhold/protocol'
import { parseBlob } from '../../../crypto/blob.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import type { KeyTarget } from '../../../execution/define.ts'
import { incorrectKey } from './encryption-scheme.ts'
import { DEFAULT_ENCRYPTION_ALGORITHM } from './encryption.ts'

type Reads = 'Decrypt' | 'ReEncrypt'

/** What a request states about the key that decrypts its ciphertext. */
interface Source {
  keyId: string | undefined
  algorithm: string | undefined
}

/** The key that decrypts a ciphertext: the one that the caller names, or else the one that the ciphertext names. */
export function sourceKey<N extends Reads>(sourceOf: (input: Input<N>) => Source): Omit<KeyTarget<N>, 'action'> {
  return {
    states: STATE_RULES.use,
    usage: 'ENCRYPT_DECRYPT',
    // If the ciphertext names another key, that is the error, whatever the usage of the requested key.
    unfit: {
      before: 'usage',
      fault: (key, input) => wrongKeyFault(key, ciphertextOf(input), sourceOf(input).algorithm),
    },
    async find(input, lookup) {
      const { keyId } = sourceOf(input)
      return keyId === undefined ? lookup.byCiphertext(ciphertextOf(input)) : lookup.byAnyReference(keyId)
    },
  }
}

/** Only ciphertexts of symmetric keys name their key. */
function wrongKeyFault(
  { keyId }: KeyRecord,
  ciphertext: Uint8Array,
  algorithm: string = DEFAULT_ENCRYPTION_ALGORITHM,
): ServiceError | undefined {
  const blob = algorithm === DEFAULT_ENCRYPTION_ALGORITHM ? parseBlob(ciphertext) : undefined
  return blob === undefined || blob.keyId === keyId ? undefined : incorrectKey()
}

/** The ciphertext is optional in the model. Only a dry run with IGNORE_CIPHERTEXT can omit it. */
export function ciphertextFault(input: Input<Reads>): ServiceError | undefined {
  return input.CiphertextBlob === undefined && !ignoresCiphertext(input)
    ? serviceError('ValidationException', 'CiphertextBlob is required.')
    : undefined
}

/** The bare ciphertext of an asymmetric algorithm does not name its key, so the request must. */
export function namedKeyFault(
  member: string,
  keyId: string | undefined,
  algorithm: string = DEFAULT_ENCRYPTION_ALGORITHM,
): ServiceError | undefined {
  return keyId === undefined && algorithm !== DEFAULT_ENCRYPTION_ALGORITHM
    ? serviceError('ValidationException', `${member} is required with algorithm ${algorithm}.`)
    : undefined
}

/** Returns whether this is a dry run that checks only the permission. */
export function ignoresCiphertext(input: Input<Reads>): boolean {
  return input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true
}

/** The ciphertext of a request, or no bytes if it has none. */
export function ciphertextOf(input: Input<Reads>): Uint8Array {
  return input.CiphertextBlob ?? new Uint8Array()
}
