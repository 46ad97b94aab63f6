import { serviceError } from '@keyhold/protocol'
import { groupHeaders } from '../../identity/authentication/headers.ts'
import type { SignedParts } from '../../identity/authentication/verify-sigv4.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { issueSession, sessionTimes } from '../../identity/accounts/issue-session.ts'
import type { SessionClaims } from '../../identity/accounts/session-token.ts'
import { signingNameOf } from '../../identity/accounts/signing-name.ts'
import { type QueryCall, queryOperation } from '../../execution/define.ts'
import { requireService } from './service-caller.ts'

const NAME = 'CreateForwardedSession'
/** Long enough for the work of one request. */
const USUAL_SECONDS = 900

type ForwardedCall = QueryCall<'keyhold', typeof NAME>

export const createForwardedSession = queryOperation<'keyhold', typeof NAME>('keyhold', {
  name: NAME,
  summary:
    'Returns temporary credentials for a registered service to act for the user whose signed request it received. Policies see ' +
    'the user and the service.',
  readOnly: true,
  audit: {
    request: ['SourceArn', 'DurationSeconds'],
    response: ['PrincipalArn', 'Credentials.AccessKeyId', 'Credentials.Expiration'],
  },
  needs: () => [],

  async run(call) {
    const { caller, services } = call
    const service = requireService(caller, `keyhold:${NAME}`)
    const user = await services.verifyForwarded(signedParts(call), signingNameOf(service))
    return {
      Credentials: await issueSession(claimsFor(user, service, call), [user, caller], services),
      PrincipalArn: user.principal.arn,
    }
  },
})

function signedParts({ input: { Request }, services: { callersClock } }: ForwardedCall): SignedParts {
  const { Method, Path, Query = '', Headers, PayloadHash } = Request
  const headers = groupHeaders(Object.entries(Headers).flat())
  return {
    method: Method,
    path: Path,
    query: Query,
    headers,
    payloadHash: PayloadHash,
    receivedAtMs: callersClock.now(),
  }
}

/** If the user has a session of their own, the new session has the same limits and does not last longer. */
function claimsFor(user: Caller, service: string, { input, services }: ForwardedCall): SessionClaims {
  const { principal, identityId, session } = user
  if (identityId === undefined || session?.via) throw notForwarded(principal.arn)
  const { DurationSeconds = USUAL_SECONDS, SourceArn } = input
  const times = sessionTimes(DurationSeconds, services)
  return {
    tags: [],
    transitiveTagKeys: [],
    ...session,
    kind: KINDS[principal.type] ?? 'user',
    principalId: identityId,
    accountId: principal.accountId,
    ...(principal.role && { sessionName: principal.arn.slice(principal.arn.lastIndexOf('/') + 1) }),
    issuedMs: session?.issuedMs ?? times.issuedMs,
    expiresMs: Math.min(times.expiresMs, session?.expiresMs ?? Infinity),
    via: { service, forwarded: true, ...(SourceArn !== undefined && { sourceArn: SourceArn }) },
  }
}

/** Session types that have a name. All others that can be forwarded belong to a user. */
const KINDS: Partial<Record<Caller['principal']['type'], SessionClaims['kind']>> = {
  AssumedRole: 'role',
  FederatedUser: 'federated',
}

/** Only users and roles can be acted for, and only by the service that they called. */
function notForwarded(arn: string): Error {
  return serviceError('AccessDeniedException', `Requests of ${arn} cannot be forwarded.`)
}
