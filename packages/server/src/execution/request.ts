import { type EncodedBody, type ServiceError, type ServiceName, SERVICES } from '@keyhold/protocol'
import type { AuditTls } from '../audit/record.ts'
import type { Caller } from '../identity/accounts/caller.ts'
import type { Outcome } from './outcome.ts'

/**
 * A request whose signature was verified over its raw bytes, with a directory that had caught up with the store after
 * the request arrived: whatever was revoked before that is revoked for this request.
 */
export interface AuthenticatedRequest {
  requestId: string
  caller: Caller
  /** The service in the credential's scope. */
  service: ServiceName
  /** The complete value of `X-Amz-Target`, or `undefined`. */
  target: string | undefined
  /** The query without its signature. Empty by default. */
  query?: string
  /** Whether the signature was in the query: such a URL works for anyone who has it. */
  presigned?: boolean
  body: Uint8Array
  sourceIp: string
  /** Whether it came over TLS. */
  secure: boolean
  /** For the audit record. Absent without TLS, or if a proxy had the client's connection. */
  tls?: AuditTls
  userAgent: string
  receivedAtMs: number
  /** Whether the client has disconnected. Absent if that is unknown. */
  isGone?: () => boolean
}

/** The response. The body can contain secrets. The sender wipes it after it is sent. */
export interface Answer {
  status: number
  /** That of AWS JSON by default. */
  contentType?: string
  body: EncodedBody
  /** How long to wait before it is sent, in milliseconds. Meanwhile nothing is read from its connection. */
  holdMs?: number
  /** Replaces the request's own id, if the request was only counted. */
  requestId?: string
  /** For metrics and traces. Absent where nothing was asked of a service. */
  outcome?: Outcome
  /** For the access log. */
  about?: About
}

/** What operators see of an answer, beside its outcome. */
export interface About {
  /** The ARN of the caller. Absent before authentication. */
  principal?: string
  /** The code of the error. Absent for a success. */
  error?: string
}

/** Encodes an error in the format of a service. */
export function errorAnswer(error: ServiceError, service: ServiceName, requestId: string): Answer {
  const { contentType, encodeError } = SERVICES[service]
  return { ...encodeError(error, requestId), contentType }
}
