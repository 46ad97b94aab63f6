import type { ServiceError } from '@keyhold/protocol'
import type { AuditCaller, AuditRecord, AuditSession, KeptFacts } from '../audit/record.ts'
import type { RequestFacts } from '../domain/policy/request-facts.ts'
import type { Caller, Session } from '../identity/accounts/caller.ts'
import type { Decided } from './authorizer/decided.ts'
import type { AnyOperation } from './define.ts'
import type { AuthenticatedRequest } from './request.ts'

/** The audit record of a request in progress. */
export interface Draft extends AuditRecord {
  additional: Record<string, unknown>
}

/** Opens the record with what is known after authentication. */
export function openDraft(request: AuthenticatedRequest, eventId: string): Draft {
  return {
    eventId,
    requestId: request.requestId,
    timeMs: request.receivedAtMs,
    kind: 'call',
    service: request.service,
    // Never text from an unverified request: the name is set when it is known to be an operation of this server.
    operation: 'Unknown',
    region: request.caller.region,
    accountId: request.caller.principal.accountId,
    sourceIp: request.sourceIp,
    userAgent: request.userAgent,
    ...(request.tls && { tls: request.tls }),
    readOnly: true,
    ...beforeAttempts(request),
  }
}

/** Discards the results of a failed attempt: the record describes the attempt that is answered. */
export function reopenDraft(draft: Draft, request: Pick<AuthenticatedRequest, 'caller' | 'presigned'>): void {
  delete draft.decision
  Object.assign(draft, beforeAttempts(request))
}

function beforeAttempts({
  caller,
  presigned,
}: Pick<AuthenticatedRequest, 'caller' | 'presigned'>): Pick<Draft, 'caller' | 'additional' | 'resources'> {
  return {
    caller: auditCaller(caller),
    // As CloudTrail reports it for S3. Where a forwarded request came from says little about its signer.
    additional: presigned ? { AuthenticationMethod: 'QueryString' } : {},
    resources: [],
  }
}

/** Records the input with the service's defaults, and which members have defaults. */
export function recordInput(draft: Draft, { audit }: Pick<AnyOperation, 'audit'>, input: object): void {
  const { request, defaults = {} } = audit
  draft.request = loggable(request, { ...defaults, ...input })
  const unsaid = Object.keys(defaults).filter((name) => (input as Record<string, unknown>)[name] === undefined)
  if (unsaid.length > 0) draft.unsaid = unsaid
}

/** Returns the members that the operation lists, in its order. Others are not written. */
export function loggable(paths: AnyOperation['audit']['request'], value: object | undefined): Record<string, unknown> {
  const members = value as Record<string, unknown> | undefined
  const logged: Record<string, unknown> = {}
  for (const path of paths) {
    const member = members?.[path]
    if (path.includes('.')) logWithin(path, members, logged)
    else if (member !== undefined) logged[path] = isParsedMap(member) ? { ...member } : member
  }
  return logged
}

/** One member of a structure whose other members can be secret. */
function logWithin(path: string, members: Record<string, unknown> | undefined, logged: Record<string, unknown>): void {
  const [name = '', rest = ''] = path.split(/\.(.*)/)
  const part = loggable([rest], members?.[name] as object | undefined)
  if (Object.keys(part).length > 0) logged[name] = { ...(logged[name] as object | undefined), ...part }
}

/** An object without a prototype: one such member makes JSON.stringify of the record twice as slow. */
function isParsedMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null
}

/** Returns the error in the record: the code and message that the caller gets, or that it was a bug. */
export function recordedError(error: ServiceError): NonNullable<AuditRecord['error']> {
  return error.message === '' ? { code: error.code } : { code: error.code, message: error.message }
}

/** Records the decisive decision: the first denial, or else the first of all. */
export function recordDecision(
  draft: Draft,
  decided: readonly Decided[],
  { requestAliases, webIdentity }: Pick<KeptFacts, 'requestAliases' | 'webIdentity'>,
): void {
  const decisive = decided.find(({ decision }) => !decision.allowed) ?? decided[0]
  if (decisive === undefined) return
  const { action, decision, facts, resource } = decisive
  draft.decision = {
    allowed: decision.allowed,
    reason: decision.reason,
    action,
    ...(resource.arn !== undefined && { resource: resource.arn }),
    ...(decision.basis.length > 0 && { basis: decision.basis }),
    ...keptFacts(facts),
    ...(requestAliases && { requestAliases }),
    ...(webIdentity && { webIdentity }),
  }
}

/** The inputs of a decision that are nowhere else in the record and can change. */
function keptFacts(facts: RequestFacts): KeptFacts {
  const { principalTags, session, resourceTags = [], key, requestAlias, tokenGrants, secure } = facts
  return {
    ...(principalTags.length > 0 && { principalTags }),
    ...(session && { session }),
    ...(resourceTags.length > 0 && { resourceTags }),
    ...(key?.aliases && { aliases: key.aliases }),
    ...(requestAlias !== undefined && { requestAlias }),
    ...(tokenGrants && { tokenGrants }),
    ...(secure && { secure }),
  }
}

function auditCaller({ principal, accessKeyId, session, webIdentity }: Caller): AuditCaller {
  const { type, principalId, arn, accountId, userName = webIdentity?.subject, role } = principal
  return {
    type,
    principalId,
    arn,
    accountId,
    accessKeyId,
    userName,
    role,
    ...(session && { session: auditSession(session) }),
  }
}

function auditSession({ issuedMs, sourceIdentity, federated, via }: Session): AuditSession {
  return { issuedMs, sourceIdentity, federatedProvider: federated?.provider, invokedBy: via?.service }
}
