import {
  type Authorization,
  formatAmzDate,
  parseAmzDate,
  parseAuthorization,
  parseHttpDate,
  readSignedQuery,
} from '@keyhold/protocol'
import { firstValue, type HeaderValues } from './headers.ts'
import { type QuerySignature, readQuerySignature } from './query-signature.ts'
import type { RawRequest } from './raw-request.ts'
import * as refuse from './refusals.ts'

/** What a request states about its own signature: well-formed, complete and within its time, but not yet verified. */
export interface Claim extends QuerySignature {
  /** For temporary credentials. */
  sessionToken: string | undefined
  /** The hash of the body, as the request declares it. */
  declaredHash: string | undefined
  /** The forms of the query that the signature can cover. */
  queries: readonly string[]
}

/** Which signatures this server accepts. */
export interface Accepted {
  /** The signing names of the services of this server. Error messages name the first one. */
  services: readonly [string, ...string[]]
  acceptsRegion(region: string): boolean
}

/** The maximum difference between the signer's clock and the server's, in either direction. */
const MAX_SKEW_MS = 5 * 60 * 1000

const SHA256_HEX = /^[0-9a-f]{64}$/

/** Headers that must not be repeated: a proxy on the way can have read another value than this server. */
const SINGULAR: readonly string[] = ['authorization', 'host', 'content-type', 'content-length', 'content-encoding']

type Arrived = Pick<RawRequest, 'headers' | 'query' | 'receivedAtMs'>

/** Reads and checks everything that needs no secret. Throws AWS's error for the first fault. */
export function readClaim(request: Arrived, accepted: Accepted): Claim {
  const claim = readShape(request, accepted)
  checkTime(claim, request.receivedAtMs)
  return claim
}

/** {@link readClaim} without the check of the time, because the clock of a development server can be stopped. */
export function readShape({ headers, query }: Omit<Arrived, 'receivedAtMs'>, accepted: Accepted): Claim {
  refuseRepetition(headers)
  const claim = readSignature(headers, query)
  const { authorization, amzDate, declaredHash } = claim
  if (!SHA256_HEX.test(authorization.signature)) throw refuse.wrongSignature()
  checkScope(authorization, amzDate, accepted)
  checkSignedHeaders(authorization.signedHeaders, headers)
  checkPayloadForm(headers, declaredHash)
  return claim
}

/** Returns the signature, which must be in either the Authorization header or the query. */
function readSignature(headers: HeaderValues, query: string): Claim {
  const header = firstValue(headers, 'authorization')
  const signed = readSignedQuery(query)
  const value = (name: string): string | undefined => firstValue(headers, name) ?? signed?.parameters.get(name)
  const beside = { sessionToken: value('x-amz-security-token'), declaredHash: value('x-amz-content-sha256') }
  if (signed === undefined) {
    if (header === undefined) throw refuse.missingToken()
    return { ...readHeaderSignature(header, headers), ...beside, queries: [query] }
  }
  if (header !== undefined) throw refuse.twoSignatures()
  return { ...readQuerySignature(signed, headers), ...beside, queries: signed.covered }
}

function readHeaderSignature(header: string, headers: HeaderValues): QuerySignature {
  const { authorization, problem } = parseAuthorization(header)
  if (problem !== undefined) throw refuse.unreadableAuthorization(problem)
  return { authorization, ...readDate(headers), validMs: undefined }
}

function refuseRepetition(headers: HeaderValues): void {
  for (const [name, values] of headers) {
    if (values.length > 1 && (isAmazon(name) || SINGULAR.includes(name))) throw refuse.repeatedHeader(name)
  }
}

/**
 * The time of signing: `X-Amz-Date`, which overrides `Date` (AWS STS API Reference, "Common Parameters"). A `Date`
 * header need not be signed, because the signed string begins with its time.
 */
function readDate(headers: HeaderValues): Pick<Claim, 'amzDate' | 'signedMs'> {
  const amzDate = firstValue(headers, 'x-amz-date')
  const [date, ...further] = headers.get('date') ?? []
  if (amzDate === undefined && further.length > 0) throw refuse.repeatedHeader('date')
  const text = amzDate ?? date
  if (text === undefined) throw refuse.missingDate()
  const time = parseAmzDate(text)
  if (time !== undefined) return { amzDate: text, signedMs: time.getTime() }
  const httpTime = amzDate === undefined ? parseHttpDate(text) : undefined
  if (httpTime === undefined) throw refuse.malformedDate(text)
  return { amzDate: formatAmzDate(httpTime), signedMs: httpTime.getTime() }
}

function checkScope({ date, region, service }: Authorization, amzDate: string, accepted: Accepted): void {
  if (date !== amzDate.slice(0, 8)) throw refuse.wrongScopeDate(date, amzDate)
  if (!accepted.acceptsRegion(region)) throw refuse.wrongRegion(region)
  if (!accepted.services.includes(service)) throw refuse.wrongService(accepted.services[0])
}

/**
 * Everything that the service acts on must be signed, because parties on the way can add or change unsigned parts. The
 * content type need not be: no decision depends on it, and many clients do not sign it, including AWS's own.
 */
function checkSignedHeaders(signed: readonly string[], headers: HeaderValues): void {
  if (!signed.includes('host')) throw refuse.unsignedHeader('host')
  for (const name of headers.keys()) {
    if (isAmazon(name) && !signed.includes(name)) throw refuse.unsignedHeader(name)
  }
  for (const name of signed) if (!headers.has(name)) throw refuse.absentSignedHeader(name)
}

function checkPayloadForm(headers: HeaderValues, declared: string | undefined): void {
  if (headers.has('content-encoding')) throw refuse.encodedContent()
  if (declared !== undefined && !SHA256_HEX.test(declared)) throw refuse.unhashedPayload(declared)
}

function checkTime({ signedMs, validMs = MAX_SKEW_MS }: Claim, receivedAtMs: number): void {
  if (signedMs < receivedAtMs - validMs) throw refuse.expired(signedMs, receivedAtMs, validMs)
  if (signedMs > receivedAtMs + MAX_SKEW_MS) throw refuse.notYetCurrent(signedMs, receivedAtMs, MAX_SKEW_MS)
}

function isAmazon(name: string): boolean {
  return name.startsWith('x-amz-')
}
