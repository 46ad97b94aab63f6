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

/** With this byte begins a TLS handshake (RFC 8446, section 5.1), and no request. */
const TLS_HANDSHAKE = 0x16
/** Clients of TLS do not show it. The code is counted, and tools that look at the bytes show the text. */
const TLS_ON_HTTP = [400, 'TlsOnHttpPort', 'This port answers plain HTTP, and not HTTPS.'] as const

const MALFORMED = [400, 'BadRequestException', 'The request is not valid HTTP.'] as const

/** An error of node:http, with the bytes that it is about. */
export interface Unreadable extends NodeJS.ErrnoException {
  rawPacket?: Uint8Array
}

/** The response to bytes that are not an HTTP request, or to a request that arrived too slowly. */
export function unreadableRequest(error: Unreadable): Answer & { code: RefusalCode } {
  const isTls = error.rawPacket?.[0] === TLS_HANDSHAKE
  const [status, code, message] = UNREADABLE[error.code ?? ''] ?? (isTls ? TLS_ON_HTTP : MALFORMED)
  return { ...transportError(status, code, message), code }
}

/** The listener's own error for a client without a certificate that it takes. */
export const CLIENT_CERTIFICATE = 'ERR_CLIENT_CERTIFICATE'

/** The answer to plain HTTP where TLS is expected. */
export const HTTPS_ONLY = transportError(400, 'BadRequestException', 'This port answers HTTPS only.')

/** What a failed handshake is refused as, by the code of node:tls's error. Nothing where the client has gone by itself. */
export function unsecuredConnection(errorCode = ''): RefusalCode | undefined {
  if (errorCode === 'ERR_SSL_HTTP_REQUEST') return 'HttpOnTlsPort'
  if (errorCode === CLIENT_CERTIFICATE) return 'ClientCertificateRefused'
  if (errorCode === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'ConnectionTimedOut'
  return errorCode.startsWith('ERR_') ? 'TlsHandshakeFailed' : undefined
}
