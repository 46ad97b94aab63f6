import { type Input, type MessageType, serviceError } from '@keyhold/protocol'
import { saidOr } from '../../../domain/policy/request-facts.ts'
import { messageFault, type SigningRequest } from '../../../crypto/asymmetric/signatures.ts'
import type { KeyEntry } from '../../../identity/directory/directory.ts'
import { algorithm } from '../../../domain/keys/algorithms.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { KeyTarget } from '../../../execution/define.ts'
import { cryptographicKey } from '../targets.ts'
import { usedAlgorithm } from './used-key.ts'

type Signs = 'Sign' | 'Verify'

/** The default message type. */
export const DEFAULT_MESSAGE_TYPE = 'RAW'

/** The key of a signature operation. */
export function signingKey<N extends Signs>(): KeyTarget<N> {
  return cryptographicKey('SIGN_VERIFY', ({ SigningAlgorithm, MessageType }) => ({
    'kms:signingalgorithm': SigningAlgorithm,
    'kms:messagetype': saidOr(MessageType, DEFAULT_MESSAGE_TYPE),
  }))
}

/**
 * Returns the parameters of a signature, without the key itself. Throws if the key or the algorithm does not support
 * them.
 */
export function signingRequest(
  { Message, MessageType: messageType = DEFAULT_MESSAGE_TYPE, SigningAlgorithm }: Input<Signs>,
  key: KeyEntry,
): Omit<SigningRequest, 'key'> {
  const used = usedAlgorithm(key, 'SIGN_VERIFY', SigningAlgorithm)
  const fault = messageFault(used, messageType, Message.byteLength)
  if (fault === 'type') {
    const what = takes(key, messageType) ? `algorithm ${SigningAlgorithm}` : `key spec ${key.value.spec}`
    throw serviceError('ValidationException', `Message type ${messageType} is incompatible with ${what}.`)
  }
  if (fault === 'length') {
    throw serviceError('ValidationException', `Digest is invalid length for algorithm ${SigningAlgorithm}.`)
  }
  return { spec: keySpec(key.value.spec), algorithm: used, messageType, message: Message.reveal() }
}

/** Returns whether any algorithm of the key accepts this message type: the algorithms of Ed25519 differ in that. */
function takes({ value: { spec } }: KeyEntry, messageType: MessageType): boolean {
  return keySpec(spec).signingAlgorithms.some((name) => algorithm('SIGN_VERIFY', name)?.messages[messageType])
}
