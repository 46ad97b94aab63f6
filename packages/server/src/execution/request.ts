import { type EncodedBody, type ServiceError, type ServiceName, SERVICES } from '@keyhold/protocol'
import type { Caller } from '../identity/accounts/caller.ts'

/**
 * A request whose signature has been verified over its raw bytes, by a directory that had caught up with the store
 * after the request arrived: whatever was revoked before that is revoked for this request.
 */
export interface AuthenticatedRequest {
  requestId: string
  caller: Caller
  /** The service that its credential is scoped to. */
  service: ServiceName
  /** The whole value of `X-Amz-Target`, or `undefined`. */
  target: string | undefined
  /** What the query asks for, without its signature. Nothing unless given. */
  query?: string
  /** Whether its signature was in its query: what was shown is good for whoever has the address. */
  presigned?: boolean
  body: Uint8Array
  sourceIp: string
  /** Whether it came over TLS. */
  secure: boolean
  userAgent: string
  receivedAtMs: number
  /** Whether nobody is left to answer. Absent where that is not known. */
  isGone?: () => boolean
}

/** What goes back: the body may hold secrets and is wiped by whoever sends it, once it is sent. */
export interface Answer {
  status: number
  /** That of AWS JSON unless given. */
  contentType?: string
  body: EncodedBody
  /** How long it waits before it is sent, in milliseconds; nothing more is read from its connection meanwhile. */
  holdMs?: number
  /** In place of the request's own, where it was only counted. */
  requestId?: string
}

/** What an error looks like on the wire of a service. */
export function errorAnswer(error: ServiceError, service: ServiceName, requestId: string): Answer {
  const { contentType, encodeError } = SERVICES[service]
  return { ...encodeError(error, requestId), contentType }
}
