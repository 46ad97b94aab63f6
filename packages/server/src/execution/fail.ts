import { ServiceError, serviceError, SERVICES } from '@keyhold/protocol'
import { AuditUnavailableError } from '../audit/auditor.ts'
import { withoutTexts } from '../audit/cap-record.ts'
import { sha256 } from '../crypto/sha256.ts'
import { ThreadsError } from '../crypto/workers/threads-error.ts'
import { logFailure } from '../platform/log/log-failure.ts'
import { type Draft, recordedError } from './draft.ts'
import { type Answer, type AuthenticatedRequest, errorAnswer } from './request.ts'
import type { Serving } from './operations.ts'
import { resultOf } from './outcome.ts'
import { payerOf } from './throttle/lines.ts'
import { isTooFast, tooFast } from './throttle/too-fast.ts'

/** Records that a request failed, and answers with the error. Never throws: without a record the answer is another error. */
export async function fail(
  error: unknown,
  request: AuthenticatedRequest,
  draft: Draft,
  services: Pick<Serving, 'auditor' | 'denials' | 'logger' | 'space' | 'throttle'>,
): Promise<Answer> {
  const { logger, throttle } = services
  const { service, requestId } = request
  let isBug = false
  const answered = asServiceError(error, (bug) => {
    isBug = true
    logFailure(bug, requestId, logger)
  })
  draft.error = recordedError(SERVICES[service].ownError(answered))
  delete draft.response
  const principal = request.caller.principal.arn
  try {
    const answeredId = await recordFailure(request, draft, isBug ? 'bug' : answered, services)
    const holdMs = isTooFast(answered) ? throttle?.holdMs(payerOf(request.caller.principal)) : 0
    const outcome = { service, operation: draft.operation, result: resultOf(answered) }
    if (outcome.result === 'denied') services.denials.note(answeredId, draft)
    const about = { principal, error: draft.error.code }
    const answer = { ...errorAnswer(answered, service, answeredId), outcome, about, requestId: answeredId }
    return { ...answer, ...(holdMs && { holdMs }) }
  } catch (cause) {
    logger.error('a request is refused because its audit record cannot be written', { error: cause, requestId })
    const outcome = { service, operation: draft.operation, result: 'internal' } as const
    const about = { principal, error: 'KMSInternalException' }
    return { ...errorAnswer(serviceError('KMSInternalException'), service, requestId), outcome, about }
  }
}

/**
 * Records a request that failed; resolves to the id that its answer carries. Requests that nothing allowed, and throttled
 * ones, are counted after the first of their kind, so that callers without permissions cannot fill the disk. A web identity
 * is any subject that a public issuer gave a token: its failures are counted like those of strangers.
 */
async function recordFailure(
  { caller, requestId, sourceIp, receivedAtMs: timeMs }: AuthenticatedRequest,
  draft: Draft,
  failure: ServiceError | 'bug',
  { auditor, space }: Pick<Serving, 'auditor' | 'space'>,
): Promise<string> {
  if (caller.webIdentity !== undefined) {
    const code = failure === 'bug' ? failure : failure.code
    await auditor.recordUnauthenticated({ timeMs, requestId, sourceIp, code })
  } else if (isRefusal(draft, failure))
    return auditor.recordRefused(space?.reserve.isScarce ? withoutTexts(draft, sha256) : draft)
  else await auditor.record(draft)
  return requestId
}

/** Returns false for a bug: its record and its log line, which has the request id, belong together. */
function isRefusal({ decision }: Draft, failure: ServiceError | 'bug'): boolean {
  if (failure === 'bug') return false
  return isTooFast(failure) || decision?.allowed !== true
}

/**
 * The error that a caller is answered. Anything but a ServiceError is a bug: `report` gets it whole, the caller learns
 * nothing of it. Asks to retry more slowly when the queue for slow cryptography is full, which is no bug.
 */
export function asServiceError(error: unknown, report: (bug: unknown) => void): ServiceError {
  if (error instanceof ServiceError) return error
  // Not a bug, and logged where the disk failed. What `fail` then cannot record, it logs.
  if (error instanceof AuditUnavailableError) return serviceError('KMSInternalException')
  if (error instanceof ThreadsError && error.code === 'busy') return tooFast()
  report(error)
  return serviceError('KMSInternalException')
}
