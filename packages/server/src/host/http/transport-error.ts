import { encodeError, ServiceError } from '@keyhold/protocol'
import type { Answer } from '../../execution/request.ts'
import type { RefusalCode } from './refusal.ts'

/**
 * A response of the listener itself, to input that never becomes a request to a service. It contains nothing to wipe.
 */
export function transportError(status: number, code: string, message?: string): Answer {
  const bytes = new Uint8Array(encodeError(new ServiceError(code, status, message)))
  return { status, body: { bytes, wipe: () => undefined } }
}

/** Errors for input that node:http could not parse, by its error code; everything else is malformed. */
const UNREADABLE: Readonly<Record<string, readonly [status: number, code: RefusalCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'RequestHeaderFieldsTooLargeException', 'The headers of the request are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'RequestTimeoutException', 'The request did not arrive in time.'],
}

const MALFORMED = [400, 'BadRequestException', 'The request is not valid HTTP.'] as const

/** The response to bytes that are not an HTTP request, or to a request that arrived too slowly. */
export function unreadableRequest(errorCode: string | undefined): Answer & { code: RefusalCode } {
  const [status, code, message] = UNREADABLE[errorCode ?? ''] ?? MALFORMED
  return { ...transportError(status, code, message), code }
}

/** The answer to plain HTTP where TLS is expected. */
export const HTTPS_ONLY = transportError(400, 'BadRequestException', 'This port answers HTTPS only.')

/** What a failed handshake is refused as, by the code of node:tls's error. Nothing where the client has gone by itself. */
export function unsecuredConnection(errorCode = ''): RefusalCode | undefined {
  if (errorCode === 'ERR_SSL_HTTP_REQUEST') return 'HttpOnTlsPort'
  if (errorCode === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'ConnectionTimedOut'
  return errorCode.startsWith('ERR_') ? 'TlsHandshakeFailed' : undefined
}
