import type { ServiceError } from '@keyhold/protocol'
import type { AuditRecord } from '../audit/record.ts'
import type { Caller } from '../identity/caller.ts'
import type { AnyOperation } from './define.ts'
import type { AuthenticatedRequest } from './request.ts'

/** The audit record of one request while it is being answered. */
export interface Draft extends AuditRecord {
  additional: Record<string, unknown>
}

/** Opens the record with what is known once the caller is. */
export function openDraft(request: AuthenticatedRequest, operation: string, eventId: string): Draft {
  return {
    eventId,
    requestId: request.requestId,
    timeMs: request.receivedAtMs,
    kind: 'call',
    service: request.caller.service,
    operation,
    region: request.caller.region,
    accountId: request.caller.principal.accountId,
    caller: auditCaller(request.caller),
    sourceIp: request.sourceIp,
    userAgent: request.userAgent,
    readOnly: true,
    additional: {},
    resources: [],
  }
}

/** The members that the operation lists, in its order: what is not named is not written. */
export function loggable(names: AnyOperation['audit']['request'], value: object | undefined): Record<string, unknown> {
  const members = value as Record<string, unknown> | undefined
  const logged: Record<string, unknown> = {}
  for (const name of names) {
    const member = members?.[name]
    if (member !== undefined) logged[name] = isParsedMap(member) ? { ...member } : member
  }
  return logged
}

/** An object without a prototype: one such member makes the record's encoding, JSON.stringify, twice as slow. */
function isParsedMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null
}

/** What the record says of a failure: the code and words that the caller gets, or that it was a bug. */
export function recordedError(error: ServiceError): NonNullable<AuditRecord['error']> {
  return error.message === '' ? { code: error.code } : { code: error.code, message: error.message }
}

function auditCaller({ principal, accessKeyId }: Caller): NonNullable<AuditRecord['caller']> {
  const { type, principalId, arn, accountId, userName } = principal
  return { type, principalId, arn, accountId, accessKeyId, userName }
}
