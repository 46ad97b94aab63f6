import type { HeaderValues } from './headers.ts'

/** What the handshake of a connection agreed on. */
export interface TlsDetails {
  /** As OpenSSL names it: `TLSv1.3`. */
  version: string
  /** As OpenSSL names it. */
  cipherSuite: string
  /** The group of the key exchange, such as `X25519MLKEM768`. Absent if it is unknown. */
  keyExchange?: string
}

/** A request as it arrived, before anything in it is verified. */
export interface RawRequest {
  method: string
  /** The path as sent, still percent-encoded, without the query. */
  path: string
  /** Everything after the first `?`, as sent; `''` if there is none. */
  query: string
  /** As sent, repetitions included. A value has one character for each byte (latin-1). */
  headers: HeaderValues
  /** Overwritten with zeros after the response: do not keep a view of it. */
  body: Uint8Array
  /** The client's IP address; `unix` for a client of a Unix socket. */
  sourceIp: string
  /** Whether the client used TLS. */
  secure: boolean
  /** Of a connection that is the client's own, and not that of a proxy. */
  tls?: TlsDetails
  /**
   * The same object for all requests of one client, as far as the network can tell: of one connection, or of one address behind a
   * trusted proxy. Absent if there is no connection.
   */
  provenTogether?: object
  /** The server's own id of the request, a version 4 UUID. */
  requestId: string
  /** Whether the client has disconnected, so that long work can stop. Absent if that is unknown. */
  isGone?: () => boolean
  /** Wall time at which the complete request had arrived. */
  receivedAtMs: number
}
