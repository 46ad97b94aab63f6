import {
  decodeInput,
  type Input,
  type JsonValue,
  type OperationName,
  parseJson,
  type ServiceError,
  serviceError,
  validateInput,
} from '@keyhold/protocol'
import { contextBytes } from '../crypto/encryption-context.ts'
import type { AnyOperation } from './define.ts'

/** Reads and checks a request's body: its form, its types, the model's constraints, then the operation's own rules. */
export function readInput(operation: AnyOperation, body: Uint8Array): Input<OperationName> {
  const input = decodeInput(operation.name, parsed(body))
  const invalid = validateInput(operation.name, input)
  if (invalid !== undefined) throw serviceError('ValidationException', invalid)
  const fault = operation.check?.(input) ?? contextFault(input)
  if (fault) throw fault
  return input
}

function parsed(body: Uint8Array): JsonValue {
  try {
    return parseJson(body)
  } catch (cause) {
    throw serviceError('SerializationException', undefined, { cause })
  }
}

/** Source: AWS KMS Developer Guide, "Encryption context"; the sentence is ours. */
const MAX_CONTEXT_BYTES = 8192
const CONTEXTS = ['EncryptionContext', 'SourceEncryptionContext', 'DestinationEncryptionContext']

function contextFault(input: Input<OperationName>): ServiceError | undefined {
  const members = input as Record<string, Record<string, string> | undefined>
  const tooLong = CONTEXTS.find((name) => contextBytes(members[name] ?? {}) > MAX_CONTEXT_BYTES)
  return tooLong === undefined
    ? undefined
    : serviceError(
        'ValidationException',
        `${tooLong} must have at most ${MAX_CONTEXT_BYTES} bytes of names and values.`,
      )
}
