import { type Input, type ServiceError, serviceError } from '@keyhold/protocol'
import { parseBlob } from '../../../crypto/blob.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { STATE_RULES } from '../../../domain/keys/states.ts'
import type { KeyTarget } from '../../../execution/define.ts'
import { incorrectKey } from './encryption-scheme.ts'
import { DEFAULT_ENCRYPTION_ALGORITHM } from './encryption.ts'

type Reads = 'Decrypt' | 'ReEncrypt'

/** What a request says of the key that opens its ciphertext. */
interface Source {
  keyId: string | undefined
  algorithm: string | undefined
}

/** The key to open a ciphertext with: the one the caller names, else the one that the ciphertext names. */
export function sourceKey<N extends Reads>(sourceOf: (input: Input<N>) => Source): Omit<KeyTarget<N>, 'action'> {
  return {
    states: STATE_RULES.use,
    usage: 'ENCRYPT_DECRYPT',
    // A key of whatever usage is the wrong one, where the ciphertext names another.
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

/** Only what a symmetric key made says which key that was. */
function wrongKeyFault(
  { keyId }: KeyRecord,
  ciphertext: Uint8Array,
  algorithm: string = DEFAULT_ENCRYPTION_ALGORITHM,
): ServiceError | undefined {
  const blob = algorithm === DEFAULT_ENCRYPTION_ALGORITHM ? parseBlob(ciphertext) : undefined
  return blob === undefined || blob.keyId === keyId ? undefined : incorrectKey()
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
