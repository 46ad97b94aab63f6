import {
  type AuthorizationProblem,
  formatAmzDate,
  MAX_SIGNED_HEADERS,
  type ServiceError,
  serviceError,
} from '@keyhold/protocol'

/** AWS's errors for requests that it cannot authenticate, in AWS's words where they are known. */

const incomplete = (message: string): ServiceError => serviceError('IncompleteSignatureException', message)
const invalid = (message: string): ServiceError => serviceError('InvalidSignatureException', message)

export const missingToken = (): ServiceError =>
  serviceError('MissingAuthenticationTokenException', 'Missing Authentication Token')

export const unknownAccessKey = (): ServiceError =>
  serviceError('UnrecognizedClientException', 'The security token included in the request is invalid.')

export const expiredToken = (): ServiceError =>
  serviceError('ExpiredTokenException', 'The security token included in the request is expired')

/** AWS's words. After a proxy they are followed by what is most often wrong then, which says nothing of this request. */
export const wrongSignature = ({ throughProxy = false } = {}): ServiceError =>
  invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
      'and signing method. Consult the service documentation for details.' +
      (throughProxy ? PROXIES_CHANGE_HOSTS : ''),
  )

const PROXIES_CHANGE_HOSTS =
  ' The request came through a proxy: configure it to pass on the Host header, the path and the query as the client ' +
  'signed them.'

export const repeatedHeader = (name: string): ServiceError => incomplete(`The header '${name}' must not be repeated.`)

export const repeatedParameter = (name: string): ServiceError =>
  incomplete(`The query-string parameter '${name}' must not be repeated, nor be sent as a header too.`)

export const missingParameters = (names: readonly string[]): ServiceError =>
  incomplete(
    names
      .map((name) => `AWS query-string parameters must include '${name}'.`)
      .concat('Re-examine the query-string parameters.')
      .join(' '),
  )

export const wrongExpiry = (): ServiceError =>
  incomplete("'X-Amz-Expires' must be a number of seconds from 1 to 604800 (one week).")

export const twoSignatures = (): ServiceError =>
  incomplete(
    'Only one auth mechanism allowed; either the Authorization header or the X-Amz-* query-string parameters should be ' +
      'specified.',
  )

export const missingDate = (): ServiceError =>
  incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")

export const malformedDate = (text: string): ServiceError =>
  incomplete(`Date must be in ISO-8601 'basic format'. Got '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`)

export const unsignedHeader = (name: string): ServiceError =>
  invalid(`'${name === 'host' ? 'Host' : name}' must be a 'SignedHeader' in the AWS Authorization.`)

export const absentSignedHeader = (name: string): ServiceError =>
  invalid(`The signed header '${name}' is not part of the request.`)

export const wrongScopeDate = (date: string, amzDate: string): ServiceError =>
  invalid(
    `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != ` +
      `'${amzDate.slice(0, 8)}', from '${amzDate}'.`,
  )

export const wrongRegion = (region: string): ServiceError =>
  invalid(`Credential should be scoped to a valid region, not '${region}'.`)

export const wrongService = (service: string): ServiceError =>
  invalid(`Credential should be scoped to correct service: '${service}'.`)

export const notForwardable = (service: string): ServiceError =>
  serviceError('AccessDeniedException', `Requests that are signed for '${service}' cannot be forwarded.`)

export const presignedForward = (): ServiceError =>
  serviceError('AccessDeniedException', 'Requests whose signature is in the query cannot be forwarded.')

export const unhashedPayload = (value: string): ServiceError =>
  invalid(`The header 'x-amz-content-sha256' must be the SHA-256 of the body in hexadecimal, not '${value}'.`)

export const encodedContent = (): ServiceError =>
  invalid("The header 'Content-Encoding' is not supported: the body must be sent as it is signed.")

/** Times in milliseconds since the epoch. The message shows whole seconds. */
export const expired = (signedMs: number, nowMs: number, validMs: number): ServiceError =>
  invalid(
    `Signature expired: ${time(signedMs)} is now earlier than ${time(nowMs - validMs)} (${time(nowMs)} - ${duration(validMs)})`,
  )

export const notYetCurrent = (signedMs: number, nowMs: number, skewMs: number): ServiceError =>
  invalid(
    `Signature not yet current: ${time(signedMs)} is still later than ${time(nowMs + skewMs)} (${time(nowMs)} + 5 min.)`,
  )

function duration(ms: number): string {
  const minutes = ms / 60_000
  return Number.isInteger(minutes) ? `${minutes} min.` : `${ms / 1000} sec.`
}

function time(ms: number): string {
  return formatAmzDate(new Date(ms))
}

/** The error for an Authorization header that cannot be parsed. */
export function unreadableAuthorization(problem: AuthorizationProblem): ServiceError {
  switch (problem.kind) {
    case 'algorithm':
      return incomplete("Unsupported AWS 'algorithm': the Authorization header must begin with 'AWS4-HMAC-SHA256'.")
    case 'missing':
      return incomplete(
        problem.parameters.map((name) => `Authorization header requires '${name}' parameter.`).join(' '),
      )
    case 'parameter':
      return incomplete(`'${problem.text}' not a valid key=value pair (missing equal-sign) in Authorization header.`)
    case 'credential':
      return incomplete(
        'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, ' +
          `got '${problem.credential}'`,
      )
    case 'terminator':
      return invalid(
        `Credential should be scoped with a valid terminator: 'aws4_request', not '${problem.terminator}'.`,
      )
    case 'signed headers':
      return incomplete(
        `'SignedHeaders' must name at most ${MAX_SIGNED_HEADERS} headers, each once and in alphabetical order.`,
      )
  }
}
