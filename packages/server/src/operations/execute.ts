import {
  encodeError,
  type EncodedBody,
  encodeOutput,
  type Input,
  type OperationName,
  Secret,
  ServiceError,
  serviceError,
} from '@keyhold/protocol'
import { Changeset } from '../storage/changeset.ts'
import type { AnyOperation } from './define.ts'
import { type Draft, loggable, openDraft, recordedError } from './draft.ts'
import { Lookup } from './lookup.ts'
import { readInput } from './read-input.ts'
import { findOperation, operationLabel } from './registry.ts'
import type { Answer, AuthenticatedRequest } from './request.ts'
import type { Services } from './services.ts'
import { usableKeys } from './usable-keys.ts'

/** How often a mutation starts over when what it read was changed by another before it could commit. */
const MAX_ATTEMPTS = 8

/**
 * Answers one authenticated request. The order of the steps is the security of the service: what is asked for,
 * whether it may be asked, whether the key can do it, only then the doing; and no answer leaves before its record is
 * durable. Never throws: what fails is an answer too.
 */
export async function execute(request: AuthenticatedRequest, services: Services): Promise<Answer> {
  const draft = openDraft(request, operationLabel(request.target), services.random.uuid())
  let input: Input<OperationName> | undefined
  try {
    const operation = findOperation(request.target)
    draft.readOnly = operation.readOnly
    input = readInput(operation, request.body)
    draft.request = loggable(operation.audit.request, { ...operation.audit.defaults, ...input })
    return { status: 200, body: await perform(operation, input, request, draft, services) }
  } catch (error) {
    return await fail(error, draft, services)
  } finally {
    wipe(input)
  }
}

/** Starts over as long as another writer was faster: what was read, and so what was decided, no longer holds then. */
async function perform(
  operation: AnyOperation,
  input: Input<OperationName>,
  request: AuthenticatedRequest,
  draft: Draft,
  services: Services,
): Promise<EncodedBody> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const body = await attemptOnce(operation, input, request, draft, services)
    if (body) return body
    await services.directory.catchUp()
  }
  throw serviceError('DependencyTimeoutException', 'The resource is being changed by too many requests at once.')
}

async function attemptOnce(
  operation: AnyOperation,
  input: Input<OperationName>,
  request: AuthenticatedRequest,
  draft: Draft,
  services: Services,
): Promise<EncodedBody | undefined> {
  const changes = new Changeset()
  const lookup = new Lookup(services.directory, request.caller)
  const keys = await usableKeys(operation, input, request, draft, lookup)
  const output = await operation.run({
    input,
    caller: request.caller,
    nowMs: services.clock.now(),
    keys,
    lookup,
    services,
    changes,
    note: (name, value) => void (draft.additional[name] = value),
    concerns: (resource) => void draft.resources.push(resource),
  })
  const body = encodeAndWipe(operation.name, output)
  return await settled(body, async () => {
    if ('DryRun' in input && input.DryRun) throw dryRunSucceeded()
    draft.response = loggable(operation.audit.response, output ?? undefined)
    return await commit(changes, draft, services)
  })
}

/** Makes the change and its record durable, together; a request that changes nothing has only its record. */
async function commit(
  changes: Changeset,
  draft: Draft,
  { store, auditor, random, logger }: Services,
): Promise<boolean> {
  if (changes.isEmpty) {
    await auditor.append(draft)
    return true
  }
  const record = { eventId: draft.eventId, record: auditor.encode(draft) }
  const result = await store.commit(changes.commit(random.uuid(), [record]))
  if (!result.committed) return false
  // The record is durable in the database; when the stream cannot take it now, the relay brings it there later.
  await auditor.relay().catch((error: unknown) => logger.error('audit relay failed', { error }))
  return true
}

/** Hands out the body once `settle` says that everything is durable; else nothing of it remains. */
async function settled(body: EncodedBody, settle: () => Promise<boolean>): Promise<EncodedBody | undefined> {
  let durable = false
  try {
    durable = await settle()
    return durable ? body : undefined
  } finally {
    if (!durable) body.wipe()
  }
}

async function fail(error: unknown, draft: Draft, { auditor, logger }: Services): Promise<Answer> {
  const answered = asServiceError(error, (bug) => logger.error('bug', { error: bug, requestId: draft.requestId }))
  draft.error = recordedError(answered)
  delete draft.response
  try {
    await auditor.append(draft)
    return errorAnswer(answered)
  } catch (cause) {
    logger.error('a request could not be audited and is refused', { error: cause, requestId: draft.requestId })
    return errorAnswer(serviceError('KMSInternalException'))
  }
}

/** What an error looks like on the wire. */
export function errorAnswer(error: ServiceError): Answer {
  return { status: error.status, body: { bytes: encodeError(error), wipe: () => {} } }
}

/** Whatever is not a ServiceError is a bug: reported whole to `report`, told to nobody else. */
export function asServiceError(error: unknown, report: (bug: unknown) => void): ServiceError {
  if (error instanceof ServiceError) return error
  report(error)
  return serviceError('KMSInternalException')
}

function dryRunSucceeded(): ServiceError {
  return serviceError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
}

function encodeAndWipe(name: OperationName, output: Parameters<typeof encodeOutput>[1]): EncodedBody {
  try {
    return encodeOutput(name, output)
  } finally {
    wipe(output)
  }
}

function wipe(message: object | void): void {
  for (const member of Object.values(message ?? {})) if (member instanceof Secret) member.wipe()
}
