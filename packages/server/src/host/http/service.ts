import { readSignedQuery, type ServiceName, SERVICES } from '@keyhold/protocol'
import { firstValue } from '../../identity/authentication/headers.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { execute } from '../../execution/execute.ts'
import { asServiceError } from '../../execution/fail.ts'
import { type Answer, type AuthenticatedRequest, errorAnswer } from '../../execution/request.ts'
import type { Serving } from '../../execution/operations.ts'
import { logFailure } from '../../platform/log/log-failure.ts'
import { Entrance } from '../../execution/throttle/entrance.ts'
import { Lines } from '../../execution/throttle/lines.ts'
import { spokenTo } from './spoken-to.ts'

/** Authenticates the sender of a request from its raw bytes. Throws a ServiceError if authentication fails. */
export type Authenticate = (request: RawRequest) => Promise<Caller>

/** What answers requests to the services. */
interface Service {
  handle(request: RawRequest): Promise<Answer>
  /** How many requests wait for their turn. */
  waiting(): number
}

/**
 * Authenticates each request when its turn comes, before anything in it is used, then executes it. The directory
 * catches up once per request, after its arrival: authentication and every decision see all earlier commits.
 */
export function serviceHandler(authenticate: Authenticate, services: Serving): Service {
  const lines = new Lines()
  const entrance = new Entrance({ onShared: (isShared) => services.auditor.setShared(isShared) })
  const answer = async (raw: RawRequest): Promise<Answer> => {
    let caller: Caller
    try {
      await services.directory.catchUp()
      caller = await authenticate(raw)
    } catch (error) {
      return refuse(error, raw, services)
    }
    lines.verified(raw, caller)
    noteUse(caller, raw, services)
    return execute(authenticated(raw, caller), services)
  }
  return {
    handle: (raw) => entrance.pass(lines.of(raw), () => answer(raw)),
    waiting: () => entrance.waiting,
  }
}

/**
 * For a session, records the use of its role. The access keys of other sessions and of a development server's roots are
 * not stored, so their use is not recorded.
 */
function noteUse(caller: Caller, { receivedAtMs: usedMs }: RawRequest, { accessKeyUses, roleUses }: Serving): void {
  const { principal, identityId, session, accessKeyId, service, region } = caller
  if (identityId === undefined) return
  if (principal.type === 'AssumedRole') roleUses.note(identityId, { usedMs, region })
  else if (session === undefined) accessKeyUses.note(accessKeyId, { usedMs, service, region })
}

/** What a request asks for is not read before it is known who asks. */
const UNIDENTIFIED = { service: 'unknown', operation: 'Unknown' } as const

async function refuse(error: unknown, raw: RawRequest, { auditor, logger }: Serving): Promise<Answer> {
  const { requestId, sourceIp, receivedAtMs: timeMs } = raw
  const refusal = asServiceError(error, (failure) => logFailure(failure, requestId, logger))
  await auditor.recordUnauthenticated({ timeMs, requestId, sourceIp, code: refusal.code })
  const result = refusal.status >= 500 ? 'internal' : 'unauthenticated'
  return {
    ...errorAnswer(refusal, spokenTo(raw), requestId),
    outcome: { ...UNIDENTIFIED, result },
    about: { error: refusal.code },
  }
}

function authenticated(raw: RawRequest, caller: Caller): AuthenticatedRequest {
  const { requestId, method, headers, body, sourceIp, secure, tls, receivedAtMs, isGone } = raw
  const signed = readSignedQuery(raw.query)
  // AWS JSON uses POST only. Signers of queries can move this header into the query, which is signed as a whole.
  const named = firstValue(headers, 'x-amz-target') ?? signed?.parameters.get('x-amz-target')
  const target = method === 'POST' ? named : undefined
  // From here on the signature is removed, because others could reuse it.
  const query = signed?.rest ?? raw.query
  const presigned = signed !== undefined
  const userAgent = firstValue(headers, 'user-agent')?.slice(0, MAX_USER_AGENT) ?? '-'
  const service = caller.service as ServiceName // authentication takes scopes of these services only
  const asked = { service, target, query, presigned, body }
  const host = firstValue(headers, 'host')?.slice(0, MAX_HOST)
  const sender = { sourceIp, secure, userAgent, ...(tls && { tls: { ...tls, ...(host !== undefined && { host }) } }) }
  return { requestId, caller, ...asked, ...sender, receivedAtMs, isGone }
}

/** The signing names that a credential's scope can have. The first is named in error messages. */
export const SIGNING_NAMES = Object.keys(SERVICES) as [ServiceName, ...ServiceName[]]

/** The maximum length of the stored user agent, which the client chooses. */
const MAX_USER_AGENT = 256
/** A name of DNS and a port. */
const MAX_HOST = 261
