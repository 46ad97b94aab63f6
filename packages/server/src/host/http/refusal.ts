/** What the listener refuses by itself, before authentication and outside of any operation. */
export type RefusalCode =
  /** Bytes that are not an HTTP request, or a method that does not exist here. */
  | 'BadRequestException'
  | 'RequestHeaderFieldsTooLargeException'
  | 'RequestEntityTooLargeException'
  /** Headers or body arrived too slowly. */
  | 'RequestTimeoutException'
  /** A trusted proxy says of its client what cannot be read, or contradicts itself. */
  | 'ForwardedHeadersRefused'
  /** A PROXY header that cannot be read, or that is not expected there, or none where a trusted proxy must send one. */
  | 'ProxyHeaderRefused'
  /** A method and path without a handler. */
  | 'UnknownOperationException'
  /** Nothing came in time, or no whole TLS handshake. */
  | 'ConnectionTimedOut'
  /** Plain HTTP came where TLS is expected. */
  | 'HttpOnTlsPort'
  /** What came was no TLS handshake, or one that has nothing in common with what is offered here. */
  | 'TlsHandshakeFailed'
  /** TLS came where plain HTTP is expected. */
  | 'TlsOnHttpPort'
  /** A client had no certificate, or one that is not of the authorities of clients, or not within its time. */
  | 'ClientCertificateRefused'
  /** It was cut without a request under way, so that another could be let in. */
  | 'ConnectionMadeRoom'
  /** More requests arrived on one connection than a client that waits for answers sends. */
  | 'TooManyRequests'
  /** Too many responses were not read, on this connection for the longest time. */
  | 'AnswersNotRead'
  /** There was no room, because all other connections had requests in progress. */
  | 'TooManyConnections'

/** A refusal, for the audit log. */
export interface Refusal {
  code: RefusalCode
  requestId: string
  sourceIp: string
}
