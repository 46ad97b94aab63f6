import { type Input, serviceError } from '@keyhold/protocol'
import { saidOr } from '../../authorization/request-facts.ts'
import { messageFault, type SigningRequest } from '../../crypto/asymmetric/signatures.ts'
import type { KeyEntry } from '../../directory/directory.ts'
import { keySpec } from '../../keys/specs.ts'
import type { KeyTarget } from '../define.ts'
import { cryptographicKey } from './targets.ts'
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
  const algorithm = usedAlgorithm(key, 'SIGN_VERIFY', SigningAlgorithm)
  const fault = messageFault(algorithm, messageType, Message.byteLength)
  if (fault === 'type') {
    const message = `MessageType ${messageType} is not valid for algorithm ${SigningAlgorithm}.`
    throw serviceError('ValidationException', message)
  }
  if (fault === 'length') {
    throw serviceError('ValidationException', `Digest is invalid length for algorithm ${SigningAlgorithm}.`)
  }
  return { spec: keySpec(key.value.spec), algorithm, messageType, message: Message.reveal() }
}
