import type { AuditCaller, AuditRecord, AuditSession } from './record.ts'

/** The element `userIdentity` of an event (AWS CloudTrail User Guide, "CloudTrail userIdentity element"). */
export type UserIdentity = Record<string, unknown>

/**
 * The identity of actions of the server itself, or of an operator on its folder: the operating system's user, not a
 * principal of the account.
 */
export function ownIdentity({ accountId, operator }: Pick<AuditRecord, 'accountId' | 'operator'>): UserIdentity {
  return operator
    ? { accountId, invokedBy: 'keyhold operator', userName: operator.user }
    : { accountId, invokedBy: 'AWS Internal' }
}

/** The userIdentity of a caller. */
export function userIdentity(caller: AuditCaller | undefined): UserIdentity {
  if (caller === undefined) return { type: 'Unknown' }
  if (caller.type === 'Service') return { type: 'AWSService', invokedBy: caller.principalId }
  return caller.type === 'WebIdentity' ? webIdentityUser(caller) : accountIdentity(caller)
}

/** Returns the service that forwarded a request. CloudTrail shows it instead of the address and the user agent. */
export function actingService(caller: AuditCaller | undefined): string | undefined {
  return caller?.session?.invokedBy
}

function accountIdentity({
  type,
  principalId,
  arn,
  accountId,
  accessKeyId,
  userName,
  ...rest
}: AuditCaller): UserIdentity {
  const invokedBy = rest.session?.invokedBy
  return {
    type,
    principalId,
    arn,
    accountId,
    accessKeyId,
    ...(userName !== undefined && { userName }),
    ...(rest.session && { sessionContext: sessionContext(rest.session, issuerOf(type, rest.role), accountId) }),
    ...(invokedBy !== undefined && { invokedBy }),
  }
}

/** The subject of an OIDC token, before it has a session. */
function webIdentityUser({ principalId, arn, userName }: AuditCaller): UserIdentity {
  return { type: 'WebIdentityUser', principalId, userName, identityProvider: arn }
}

type SessionIssuer = { type: 'Role' | 'IAMUser' } & NonNullable<AuditCaller['role']>

/** The issuer of a session: a role, or the user who called GetFederationToken. */
function issuerOf(type: AuditCaller['type'], role: AuditCaller['role']): SessionIssuer | undefined {
  return role && { type: type === 'FederatedUser' ? 'IAMUser' : 'Role', ...role }
}

function sessionContext(
  { issuedMs, sourceIdentity, federatedProvider }: AuditSession,
  issuer: SessionIssuer | undefined,
  accountId: string,
): Record<string, unknown> {
  return {
    ...(issuer && { sessionIssuer: { ...issuer, accountId, userName: nameOf(issuer.arn) } }),
    ...(federatedProvider !== undefined && { webIdFederationData: { federatedProvider, attributes: {} } }),
    attributes: { creationDate: `${new Date(issuedMs).toISOString().slice(0, 19)}Z`, mfaAuthenticated: 'false' },
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  }
}

/** Returns the name in the ARN of a user or role, without the path. */
export function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}
