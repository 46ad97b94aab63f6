import type { AuditRecord } from '../../audit/record.ts'
import type { Caller, Session } from '../../identity/accounts/caller.ts'
import type { AuthenticatedRequest } from '../../execution/request.ts'

/** The request that a record tells of, as far as decisions see it; `undefined` where nobody asked. */
export function recordedRequest(record: AuditRecord): AuthenticatedRequest | undefined {
  const caller = recordedCaller(record)
  if (caller === undefined) return undefined
  return {
    requestId: record.requestId,
    caller,
    service: record.service as AuthenticatedRequest['service'],
    target: undefined,
    body: new Uint8Array(),
    sourceIp: record.sourceIp,
    secure: record.decision?.secure === true,
    userAgent: record.userAgent,
    receivedAtMs: record.timeMs,
  }
}

function recordedCaller({ caller, decision, region, service }: AuditRecord): Caller | undefined {
  if (caller === undefined) return undefined
  const { type, principalId, arn, accountId, accessKeyId, userName, role } = caller
  const identityId = type === 'IAMUser' ? principalId : role?.principalId
  return {
    principal: {
      type,
      principalId,
      arn,
      accountId,
      // Of a web identity it is the subject of its token, which is no user's name.
      ...(userName !== undefined && type !== 'WebIdentity' && { userName }),
      ...(role && { role }),
    },
    accessKeyId,
    region,
    service,
    ...(identityId !== undefined && { identityId }),
    ...(decision?.session && { session: recordedSession(decision.session) }),
    ...(decision?.webIdentity && { webIdentity: decision.webIdentity }),
  }
}

/** A session is over once it has expired, but what it could do is asked of the time when it was not. */
function recordedSession(session: NonNullable<NonNullable<AuditRecord['decision']>['session']>): Session {
  const {
    issuedMs,
    policies,
    policyArns,
    managedPolicies = policyArns?.map((arn) => ({ arn })),
    tags = [],
    sourceIdentity,
    federatedProvider: provider,
    claims = {},
    via,
  } = session
  return {
    issuedMs,
    expiresMs: Infinity,
    tags,
    transitiveTagKeys: [],
    ...(policies && { policies }),
    ...(managedPolicies && { managedPolicies }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(provider !== undefined && { federated: { provider, claims } }),
    ...(via && { via }),
  }
}
