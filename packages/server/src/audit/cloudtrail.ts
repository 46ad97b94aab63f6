import type { AuditRecord, CountedRequests } from './record.ts'
import { actingService, ownIdentity, userIdentity } from './user-identity.ts'

/** An event as CloudTrail writes it into its log files. */
export type CloudTrailEvent = Record<string, unknown>

/**
 * Renders a record as a CloudTrail event of version 1.11 (AWS CloudTrail User Guide, "CloudTrail record contents";
 * AWS KMS Developer Guide, "Understanding AWS KMS log entries").
 */
export function toCloudTrail(record: AuditRecord): CloudTrailEvent {
  const byService = record.kind === 'service'
  const additional = additionalOf(record)
  return {
    eventVersion: '1.11',
    userIdentity: byService ? ownIdentity(record) : userIdentity(record.caller),
    eventTime: `${new Date(record.timeMs).toISOString().slice(0, 19)}Z`,
    eventSource: `${record.service}.amazonaws.com`,
    eventName: record.operation,
    awsRegion: record.region,
    sourceIPAddress: byService ? AWS_INTERNAL : (actingService(record.caller) ?? record.sourceIp),
    userAgent: byService ? AWS_INTERNAL : (actingService(record.caller) ?? record.userAgent),
    ...errorOf(record),
    requestParameters: elementsOf(record.request),
    responseElements: responseElements(record),
    ...(additional === null || byService ? {} : { additionalEventData: additional }),
    ...(byService ? {} : { requestID: record.requestId }),
    eventID: record.eventId,
    readOnly: record.readOnly,
    resources: record.resources.map(({ accountId, type, arn }) => ({ accountId, type, ARN: arn })),
    eventType: byService ? 'AwsServiceEvent' : 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: record.accountId,
    ...(additional !== null && byService ? { serviceEventDetails: additional } : {}),
    eventCategory: 'Management',
  }
}

/** What CloudTrail has no member for is here, too: what was left out of the record, and how many requests it tells of. */
function additionalOf({ additional, cut, counted }: AuditRecord): Record<string, unknown> | null {
  return elementsOf({ ...additional, ...(cut && { cut }), ...(counted && { counted: countedOf(counted) }) })
}

function countedOf({ count, firstTimeMs, lastTimeMs, first }: CountedRequests): Record<string, unknown> {
  const [firstTime, lastTime] = [firstTimeMs, lastTimeMs].map((timeMs) => new Date(timeMs).toISOString())
  return { count, firstTime, lastTime, firstRequestID: first.requestId, firstEventID: first.eventId }
}

const AWS_INTERNAL = 'AWS Internal'

function errorOf({ error }: AuditRecord): Record<string, unknown> {
  if (error === undefined) return {}
  // The one code that CloudTrail shortens.
  const errorCode = error.code === 'AccessDeniedException' ? 'AccessDenied' : error.code
  return { errorCode, ...(error.message === undefined ? {} : { errorMessage: error.message }) }
}

/**
 * What a change answered. Reads answer nothing here, cryptographic operations among them: CloudTrail keeps no results.
 * STS only reads too, but whom it gave which credentials is what its records are for.
 */
function responseElements({ service, readOnly, error, kind, response, resources }: AuditRecord): unknown {
  if ((readOnly && service !== 'sts') || error !== undefined) return null
  const elements = elementsOf(response)
  if (elements !== null && 'keyMetadata' in elements) return elements
  const key = resources.find(({ type }) => type === 'AWS::KMS::Key')
  // Also where the API answers with an empty body, the log says which key was changed.
  if (kind === 'call' && key !== undefined) return { ...elements, keyId: key.arn }
  return elements
}

/** Members as CloudTrail has them; `null` when there are none. */
function elementsOf(members: Record<string, unknown> | undefined): Record<string, unknown> | null {
  return members === undefined || Object.keys(members).length === 0 ? null : lowerCamel(members)
}

/** Maps whose names are the caller's own data: rendered as they are. */
const CALLER_MAPS = new Set([
  'EncryptionContext',
  'SourceEncryptionContext',
  'DestinationEncryptionContext',
  'EncryptionContextSubset',
  'EncryptionContextEquals',
])

/** Seconds since the epoch, as on the wire, or ISO 8601, as a Date becomes in a stored record. */
const TIMESTAMPS = new Set([
  'CreateDate',
  'CreationDate',
  'DeletionDate',
  'Expiration',
  'ParametersValidTo',
  'UpdateDate',
  'ValidTo',
])

/** The members with their first letter in lower case, as CloudTrail has them: `AWSAccountId` becomes `aWSAccountId`. */
function lowerCamel(members: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(members).map(([name, value]) => [lowerFirst(name), render(name, value)] as const)
  return Object.fromEntries(entries)
}

function render(name: string, value: unknown): unknown {
  if (CALLER_MAPS.has(name)) return value
  if (TIMESTAMPS.has(name)) return renderTimestamp(value)
  if (Array.isArray(value)) return value.map((item) => render('', item))
  return typeof value === 'object' && value !== null ? lowerCamel(value as Record<string, unknown>) : value
}

/** What is no time, in a request that was refused for it, stays as it is. */
function renderTimestamp(value: unknown): unknown {
  const timeMs = typeof value === 'number' ? value * 1000 : Date.parse(String(value))
  return Number.isNaN(new Date(timeMs).getTime()) ? value : calendarTime(timeMs)
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Aug 10, 2022, 10:38:27 PM`, in UTC. By hand, because Intl's spaces and marks change with the ICU version. */
function calendarTime(timeMs: number): string {
  const time = new Date(timeMs)
  const hours = time.getUTCHours()
  const minutes = String(time.getUTCMinutes()).padStart(2, '0')
  const seconds = String(time.getUTCSeconds()).padStart(2, '0')
  const day = `${MONTHS[time.getUTCMonth()]} ${time.getUTCDate()}, ${time.getUTCFullYear()}`
  return `${day}, ${hours % 12 === 0 ? 12 : hours % 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`
}
