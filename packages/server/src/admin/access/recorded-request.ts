import type { AuditRecord } from '../../audit/record.ts'
import type { Caller, Session } from '../../identity/accounts/caller.ts'
import type { AuthenticatedRequest } from '../../execution/request.ts'

/**
 * Returns the request of a record, with everything that decisions need, or `undefined` if the record is not of a
 * request.
 */
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
      // For a web identity this is the subject of its token, not a user name.
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

/** The session can have expired, but the decision concerns the time when it was valid. */
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
