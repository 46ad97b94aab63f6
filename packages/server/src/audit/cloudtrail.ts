import type { AuditRecord, AuditTls, CountedRequests } from './record.ts'
import { actingService, ownIdentity, userIdentity } from './user-identity.ts'

/** An event in the format of CloudTrail's log files. */
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
    ...(record.tls && { tlsDetails: tlsDetailsOf(record.tls) }),
  }
}

function tlsDetailsOf({ version, cipherSuite, host, keyExchange }: AuditTls): Record<string, unknown> {
  return {
    tlsVersion: version,
    cipherSuite,
    ...(host !== undefined && { clientProvidedHostHeader: host }),
    ...(keyExchange !== undefined && { keyExchange }),
  }
}

/**
 * Includes what has no member in CloudTrail: the content that was cut from the record, and the number of requests that
 * it represents.
 */
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
  // The only code that CloudTrail shortens.
  const errorCode = error.code === 'AccessDeniedException' ? 'AccessDenied' : error.code
  return { errorCode, ...(error.message === undefined ? {} : { errorMessage: error.message }) }
}

/**
 * The response of a change. Reads have none, including cryptographic operations: CloudTrail does not log their results.
 * STS is an exception, because its records must show which credentials it issued and to which principal.
 */
function responseElements({ service, readOnly, error, kind, response, resources }: AuditRecord): unknown {
  if ((readOnly && service !== 'sts') || error !== undefined) return null
  const elements = elementsOf(response)
  if (elements !== null && 'keyMetadata' in elements) return elements
  const key = resources.find(({ type }) => type === 'AWS::KMS::Key')
  // The event names the changed key, even if the API's response has an empty body.
  if (kind === 'call' && key !== undefined) return { ...elements, keyId: key.arn }
  return elements
}

/** Members in CloudTrail's format, or `null` if there are none. */
function elementsOf(members: Record<string, unknown> | undefined): Record<string, unknown> | null {
  return members === undefined || Object.keys(members).length === 0 ? null : lowerCamel(members)
}

/** Maps whose names are the caller's data. They are rendered unchanged. */
const CALLER_MAPS = new Set([
  'EncryptionContext',
  'SourceEncryptionContext',
  'DestinationEncryptionContext',
  'EncryptionContextSubset',
  'EncryptionContextEquals',
])

/** Seconds since the epoch, as in the API, or ISO 8601, as stored records have them. */
const TIMESTAMPS = new Set([
  'CreateDate',
  'CreationDate',
  'DeletionDate',
  'Expiration',
  'ParametersValidTo',
  'UpdateDate',
  'ValidTo',
])

/** Converts the first letter of each name to lower case, as CloudTrail does: `AWSAccountId` becomes `aWSAccountId`. */
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

/** An invalid time, in a request that was refused because of it, stays unchanged. */
function renderTimestamp(value: unknown): unknown {
  const timeMs = typeof value === 'number' ? value * 1000 : Date.parse(String(value))
  return Number.isNaN(new Date(timeMs).getTime()) ? value : calendarTime(timeMs)
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * `Aug 10, 2022, 10:38:27 PM`, in UTC. Formatted by hand, because the spaces and marks of Intl change with the ICU
 * version.
 */
function calendarTime(timeMs: number): string {
  const time = new Date(timeMs)
  const hours = time.getUTCHours()
  const minutes = String(time.getUTCMinutes()).padStart(2, '0')
  const seconds = String(time.getUTCSeconds()).padStart(2, '0')
  const day = `${MONTHS[time.getUTCMonth()]} ${time.getUTCDate()}, ${time.getUTCFullYear()}`
  return `${day}, ${hours % 12 === 0 ? 12 : hours % 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`
}
