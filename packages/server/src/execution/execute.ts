import { type EncodedBody, Secret, SERVICES, ServiceError, serviceError } from '@keyhold/protocol'
import { AuditUnavailableError } from '../audit/auditor.ts'
import { withoutTexts } from '../audit/cap-record.ts'
import { commitRecorded } from '../audit/commit-recorded.ts'
import type { AuditRecord } from '../audit/record.ts'
import { sha256 } from '../crypto/sha256.ts'
import { ThreadsError } from '../crypto/workers/threads-error.ts'
import { placeOf } from '../identity/accounts/caller.ts'
import { Changeset } from '../vault/records/changeset.ts'
import { type Committing, untilCommitted } from './attempts.ts'
import { Authorizer } from './authorize.ts'
import { checkInput } from './check-input.ts'
import type { AnyOperation } from './define.ts'
import { type Draft, loggable, openDraft, recordedError, recordInput, reopenDraft } from './draft.ts'
import { grantsOfTokens } from './grant-tokens.ts'
import { noteUses } from './key-uses.ts'
import { Lookup } from './lookup.ts'
import { underPresentName } from './present-caller.ts'
import { errorAnswer, type Answer, type AuthenticatedRequest } from './request.ts'
import type { Serving } from './operations.ts'
import type { Services } from './services.ts'
import { SlowWork } from './slow-work.ts'
import { admitByOperation } from './throttle/admission.ts'
import { payerOf } from './throttle/payer.ts'
import { requireSpace } from './throttle/scarcity.ts'
import { tooFast } from './throttle/too-fast.ts'
import { usableKeys } from './usable-keys.ts'

/**
 * Answers one authenticated request. The order of the steps is the security of the service: what is asked for,
 * whether it may be asked, whether the key can do it, only then the doing; and no answer leaves before its record is
 * durable. Never throws: what fails is an answer too.
 */
export async function execute(request: AuthenticatedRequest, services: Serving): Promise<Answer> {
  const draft = openDraft(request, services.random.uuid())
  const service = services.operations.wire(request.service)
  const payer = payerOf(request.caller.principal)
  let input: object | undefined
  try {
    const asked = service.readRequest(request.target, request.body, request.query)
    draft.operation = asked.operation
    const operation = services.operations.find(request.service, asked.operation)
    draft.readOnly = operation.readOnly
    requireSpace(operation, draft.accountId, services)
    await admitByOperation(operation, request, services)
    services.throttle?.admitBody(payer, request.body.byteLength)
    input = asked.decodeInput()
    checkInput(operation, input, service)
    services.throttle?.admitDocuments(payer, documentCharacters(operation, input))
    recordInput(draft, operation, input)
    using slow = new SlowWork()
    const execution = { operation, input, request, draft, services, slow }
    const body = await untilCommitted({ operation, account: payer, services }, (committing) =>
      attempt(execution, committing),
    )
    return { status: 200, contentType: service.contentType, body }
  } catch (error) {
    return await fail(error, request, draft, services)
  } finally {
    wipe(input)
  }
}

function documentCharacters({ documents }: AnyOperation, input: object): number {
  const members = input as Record<string, unknown>
  return documents.reduce((sum, name) => sum + (typeof members[name] === 'string' ? members[name].length : 0), 0)
}

interface Execution {
  operation: AnyOperation
  input: object
  request: AuthenticatedRequest
  draft: Draft
  services: Serving
  slow: SlowWork
}

async function attempt(execution: Execution, committing: Committing): Promise<EncodedBody | undefined> {
  const { operation, input, draft, services, slow } = execution
  const decidedAt = services.directory.identityChanges
  // Whoever tries again may have been renamed meanwhile, and another have the name that authentication found.
  const request = await underPresentName(execution.request, services)
  reopenDraft(draft, request)
  const changes = new Changeset()
  const alongside: AuditRecord[] = []
  const lookup = new Lookup(services.directory, placeOf(request.caller))
  const tokenGrants = await grantsOfTokens(operation.grantTokens(input), request.caller.region, services)
  const authorizer = new Authorizer(request, input, tokenGrants, services)
  const keys = await usableKeys({ ...execution, request, lookup, authorizer })
  const output = await operation.run({
    input: input as never,
    caller: request.caller,
    nowMs: services.clock.now(),
    keys,
    lookup,
    services,
    authorizer,
    changes,
    once: (work) => slow.once(work),
    isGone: request.isGone ?? (() => false),
    note: (name, value) => void (draft.additional[name] = value),
    concerns: (resource) => void draft.resources.push(resource),
    alongside: (record) => void alongside.push(record),
  })
  await authorizer.requireSameRights(changes)
  const body = encodeAndWipe(execution, output)
  return await settled(body, async () => {
    if ('DryRun' in input && input.DryRun === true) throw dryRunSucceeded()
    draft.response = loggable(operation.audit.response, output ?? undefined)
    const records = [draft, ...alongside]
    const durable = changes.isEmpty
      ? await append(records, services)
      : await committing(async () => {
          // Whoever it is about may be another now than when that was decided; the commit itself sees what changes from here on.
          if (services.directory.identityChanges !== decidedAt) return false
          return commitRecorded(changes, records, services)
        })
    if (durable) noteUses(operation, keys, draft, services)
    return durable
  })
}

/** Makes the records durable of a request that changes nothing. */
async function append(records: readonly AuditRecord[], { auditor }: Services): Promise<true> {
  for (const record of records) await auditor.record(record)
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

async function fail(error: unknown, request: AuthenticatedRequest, draft: Draft, services: Services): Promise<Answer> {
  const { logger, throttle } = services
  const { service, requestId } = request
  let isBug = false
  const answered = asServiceError(error, (bug) => {
    isBug = true
    logger.error('bug', { error: bug, requestId })
  })
  draft.error = recordedError(SERVICES[service].ownError(answered))
  delete draft.response
  try {
    const answeredId = await recordFailure(request, draft, isBug ? 'bug' : answered.code, services)
    const holdMs = answered.code === 'ThrottlingException' ? throttle?.holdMs(payerOf(request.caller.principal)) : 0
    return { ...errorAnswer(answered, service, answeredId), requestId: answeredId, ...(holdMs && { holdMs }) }
  } catch (cause) {
    logger.error('a request could not be audited and is refused', { error: cause, requestId })
    return errorAnswer(serviceError('KMSInternalException'), service, requestId)
  }
}

/**
 * Records a request that failed; resolves to the id that its answer carries. What nothing allowed is counted after the
 * first, so that callers without permissions fill no disk; so is what was throttled, which nothing was done for. A web
 * identity is whoever some public issuer gave a token: its failures are counted like those of strangers.
 */
async function recordFailure(
  { caller, requestId, sourceIp, receivedAtMs: timeMs }: AuthenticatedRequest,
  draft: Draft,
  code: string,
  { auditor, space }: Pick<Services, 'auditor' | 'space'>,
): Promise<string> {
  if (caller.webIdentity !== undefined) await auditor.recordUnauthenticated({ timeMs, requestId, sourceIp, code })
  else if (isRefusal(draft, code))
    return auditor.recordRefused(space?.reserve.isScarce ? withoutTexts(draft, sha256) : draft)
  else await auditor.record(draft)
  return requestId
}

/** Not of a bug: its record and the log's line, which has the request id, belong together. */
function isRefusal({ decision }: Draft, code: string): boolean {
  if (code === 'bug') return false
  return code === 'ThrottlingException' || decision?.allowed !== true
}

/**
 * Whatever is not a ServiceError is a bug: reported whole to `report`, told to nobody else. Only that too much cryptography
 * is asked for at once is nobody's bug: whoever asks is told to come again more slowly.
 */
export function asServiceError(error: unknown, report: (bug: unknown) => void): ServiceError {
  if (error instanceof ServiceError) return error
  // No bug, and logged where the disk failed. What `fail` then cannot record, it logs.
  if (error instanceof AuditUnavailableError) return serviceError('KMSInternalException')
  if (error instanceof ThreadsError && error.code === 'busy') return tooFast()
  report(error)
  return serviceError('KMSInternalException')
}

function dryRunSucceeded(): ServiceError {
  return serviceError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
}

function encodeAndWipe({ operation, request, services }: Execution, output: unknown): EncodedBody {
  try {
    return services.operations.wire(request.service).encodeOutput(operation.name, output, request.requestId)
  } finally {
    wipe(output)
  }
}

/** Wipes every secret in a message, however deep: IAM's answers have theirs in structures. */
function wipe(message: unknown): void {
  if (message instanceof Secret) message.wipe()
  else if (typeof message === 'object' && message !== null && !ArrayBuffer.isView(message)) {
    for (const member of Object.values(message)) wipe(member)
  }
}
