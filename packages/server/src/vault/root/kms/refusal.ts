import { parseJson } from '@keyhold/protocol'
import { KmsError, type KmsFault } from './kms-error.ts'

/** What the errors of AWS KMS mean here: those of each operation, and the common ones (AWS KMS API Reference). */
const FAULTS: Readonly<Record<string, KmsFault>> = {
  AccessDeniedException: 'denied',
  AccessDenied: 'denied',
  NotAuthorized: 'denied',
  OptInRequired: 'denied',
  NotFoundException: 'missing',
  InvalidArnException: 'missing',
  DisabledException: 'disabled',
  KMSInvalidStateException: 'state',
  InvalidKeyUsageException: 'state',
  KeyUnavailableException: 'throttled',
  InvalidCiphertextException: 'damaged',
  IncorrectKeyException: 'another-key',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  LimitExceededException: 'throttled',
  DependencyTimeoutException: 'throttled',
  UnrecognizedClientException: 'refused-credentials',
  InvalidClientTokenId: 'refused-credentials',
  ExpiredTokenException: 'refused-credentials',
  ExpiredToken: 'refused-credentials',
  MissingAuthenticationTokenException: 'refused-credentials',
  InvalidSignatureException: 'refused-credentials',
  SignatureDoesNotMatch: 'refused-credentials',
  RequestExpired: 'clock',
}

const MAX_DETAIL_LENGTH = 500

/** The error that an answer other than 200 is. Proxies and load balancers answer with what no KMS does. */
export function refusal(status: number, body: Uint8Array): KmsError {
  const { type, message } = told(body)
  if (type === undefined) return new KmsError(status >= 500 || status === 429 ? 'failed' : 'no-kms', `status ${status}`)
  const detail = printable(`${type}: ${message}`)
  return new KmsError(faultOf(type, message, status), detail)
}

function faultOf(type: string, message: string, status: number): KmsFault {
  const fault = Object.hasOwn(FAULTS, type) ? FAULTS[type] : undefined
  // AWS has one code for these states, and names the state in the message.
  if (fault === 'state' && /pending (?:replica )?deletion/i.test(message)) return 'pending-deletion'
  // "Signature expired: … is now earlier than …", "Signature not yet current".
  if (fault === 'refused-credentials' && /expired: \d|not yet current/i.test(message)) return 'clock'
  return fault ?? (status >= 500 ? 'throttled' : 'failed')
}

function told(body: Uint8Array): { type: string | undefined; message: string } {
  try {
    const json = parseJson(body)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return { type: undefined, message: '' }
    const { __type: type, message = json['Message'] } = json
    const name = typeof type === 'string' ? type.replace(/^.*#/, '') : undefined
    return { type: name, message: typeof message === 'string' ? message : '' }
  } catch {
    return { type: undefined, message: '' }
  }
}

/** The other side's text: it names who was denied what. Only what a terminal can print, and not endlessly. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAX_DETAIL_LENGTH)
}
