import type { Service } from '@keyhold/protocol'
import type { AnyOperation } from './define.ts'
import type { Draft } from './draft.ts'
import type { AuthenticatedRequest } from './request.ts'
import type { Serving } from './operations.ts'

const NAMED = Symbol('named')

/** A request whose operation is known. Nothing of its input has been read. Made by {@link nameOperation} alone. */
export interface Named {
  readonly [NAMED]: true
  readonly request: AuthenticatedRequest
  readonly operation: AnyOperation
  /** The record of the request, which the following steps fill in. */
  readonly draft: Draft
  /** The wire protocol of its service. */
  readonly wire: Service
  /** @throws ServiceError for a body that is not what the operation takes. */
  decodeInput(): object
}

/** Finds out which operation a request asks for. @throws ServiceError when it asks for nothing that the service has. */
export function nameOperation(
  request: AuthenticatedRequest,
  draft: Draft,
  { operations }: Pick<Serving, 'operations'>,
): Named {
  const wire = operations.wire(request.service)
  const asked = wire.readRequest(request.target, request.body, request.query)
  draft.operation = asked.operation
  const operation = operations.find(request.service, asked.operation)
  draft.readOnly = operation.readOnly
  return { [NAMED]: true, request, operation, draft, wire, decodeInput: () => asked.decodeInput() }
}
