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

/** What a message is unless the request says otherwise. */
export const DEFAULT_MESSAGE_TYPE = 'RAW'

export function signingKey<N extends Signs>(): KeyTarget<N> {
  return cryptographicKey('SIGN_VERIFY', ({ SigningAlgorithm, MessageType }) => ({
    'kms:signingalgorithm': SigningAlgorithm,
    'kms:messagetype': saidOr(MessageType, DEFAULT_MESSAGE_TYPE),
  }))
}

/** What is to be signed or was, but for the key itself; refused where the key or the algorithm cannot. */
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

/** Whether the key signs messages of this type with any of its algorithms: those of Ed25519 differ in that. */
function takes({ value: { spec } }: KeyEntry, messageType: MessageType): boolean {
  return keySpec(spec).signingAlgorithms.some((name) => algorithm('SIGN_VERIFY', name)?.messages[messageType])
}
