import { Secret, type Service, type ServiceError, serviceError } from '@keyhold/protocol'
import { contextBytes } from '../crypto/encryption-context.ts'
import type { Admitted } from './admit.ts'
import type { AnyOperation } from './define.ts'
import { type Draft, recordInput } from './draft.ts'
import type { AuthenticatedRequest } from './request.ts'
import type { Services } from './services.ts'
import { SlowWork } from './slow-work.ts'
import { payerOf } from './throttle/lines.ts'

const READ = Symbol('read')

/** A request with its operation and input: what finding its resources and deciding need. */
export interface Asked {
  readonly request: AuthenticatedRequest
  readonly operation: AnyOperation
  readonly input: object
}

/** A request whose input was read and checked. To dispose of it wipes what it holds. Made by {@link readInput} alone. */
export interface ReadRequest extends Asked, Disposable {
  readonly [READ]: true
  readonly draft: Draft
  /** The wire protocol of its service. */
  readonly wire: Service
  /** What is done once for the request, however often it starts over. */
  readonly slow: SlowWork
}

/**
 * Decodes and checks the input, and records it.
 *
 * @throws ServiceError for an input that breaks a rule of its model or of its operation.
 */
export function readInput(admitted: Admitted, { throttle }: Pick<Services, 'throttle'>): ReadRequest {
  const { request, operation, draft, wire } = admitted
  const input = admitted.decodeInput()
  try {
    requireSound(input, operation, wire)
    throttle?.admitDocuments(payerOf(request.caller.principal), documentCharacters(operation, input))
    recordInput(draft, operation, input)
  } catch (error) {
    wipeMessage(input)
    throw error
  }
  const slow = new SlowWork()
  const dispose = (): void => {
    slow[Symbol.dispose]()
    wipeMessage(input)
  }
  return { [READ]: true, request, operation, input, draft, wire, slow, [Symbol.dispose]: dispose }
}

/** Throws the first rule that an input breaks: of the model, then of the operation, then of encryption contexts. */
function requireSound(input: object, operation: AnyOperation, wire: Service): void {
  const fault = wire.validate(operation.name, input) ?? operation.check?.(input) ?? contextFault(input)
  if (fault) throw fault
}

/** Source: AWS KMS Developer Guide, "Encryption context". The message is ours. */
const MAX_CONTEXT_BYTES = 8192
const CONTEXTS = ['EncryptionContext', 'SourceEncryptionContext', 'DestinationEncryptionContext']

function contextFault(input: object): ServiceError | undefined {
  const members = input as Record<string, Record<string, string> | undefined>
  const tooLong = CONTEXTS.find((name) => contextBytes(members[name] ?? {}) > MAX_CONTEXT_BYTES)
  return tooLong === undefined
    ? undefined
    : serviceError('ValidationException', `${tooLong} can have at most ${MAX_CONTEXT_BYTES} bytes of names and values.`)
}

function documentCharacters({ documents }: AnyOperation, input: object): number {
  const members = input as Record<string, unknown>
  return documents.reduce((sum, name) => sum + (typeof members[name] === 'string' ? members[name].length : 0), 0)
}

/** Wipes every secret in a message at any depth: IAM's responses contain secrets in structures. */
export function wipeMessage(message: unknown): void {
  if (message instanceof Secret) message.wipe()
  else if (typeof message === 'object' && message !== null && !ArrayBuffer.isView(message)) {
    for (const member of Object.values(message)) wipeMessage(member)
  }
}
