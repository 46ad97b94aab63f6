import { type Service, type ServiceError, serviceError } from '@keyhold/protocol'
import { contextBytes } from '../crypto/encryption-context.ts'
import type { AnyOperation } from './define.ts'

/** Checks a request's input: the model's constraints, then the operation's own rules. Throws the first that it breaks. */
export function checkInput(operation: AnyOperation, input: object, service: Service): void {
  const fault = service.validate(operation.name, input) ?? operation.check?.(input) ?? contextFault(input)
  if (fault) throw fault
}

/** Source: AWS KMS Developer Guide, "Encryption context"; the sentence is ours. */
const MAX_CONTEXT_BYTES = 8192
const CONTEXTS = ['EncryptionContext', 'SourceEncryptionContext', 'DestinationEncryptionContext']

function contextFault(input: object): ServiceError | undefined {
  const members = input as Record<string, Record<string, string> | undefined>
  const tooLong = CONTEXTS.find((name) => contextBytes(members[name] ?? {}) > MAX_CONTEXT_BYTES)
  return tooLong === undefined
    ? undefined
    : serviceError(
        'ValidationException',
        `${tooLong} must have at most ${MAX_CONTEXT_BYTES} bytes of names and values.`,
      )
}
