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
import type { AnyOperation } from './define.ts'

/** Reads and checks a request's body: its form, its types, the model's constraints, then the operation's own rules. */
export function readInput(operation: AnyOperation, body: Uint8Array): Input<OperationName> {
  const input = decodeInput(operation.name, parsed(body))
  const invalid = validateInput(operation.name, input)
  if (invalid !== undefined) throw serviceError('ValidationException', invalid)
  const fault = operation.check?.(input) ?? grantTokenFault(input)
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

/** No grant exists, so no token can belong to one. */
function grantTokenFault(input: Input<OperationName>): ServiceError | undefined {
  return 'GrantTokens' in input && input.GrantTokens !== undefined && input.GrantTokens.length > 0
    ? serviceError('InvalidGrantTokenException', 'The grant token is not valid.')
    : undefined
}
