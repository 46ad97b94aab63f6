/** What one client may ask of the listener. All times in milliseconds, all sizes in bytes. */
export interface HttpLimits {
  /** Request line and headers together. */
  headerBytes: number
  bodyBytes: number
  /** From a connection's or request's first byte to the end of its headers. */
  headersTimeoutMs: number
  /** From a request's first byte to its last: slow senders are cut off. */
  requestTimeoutMs: number
  /** How long a connection may stay open between requests. */
  keepAliveTimeoutMs: number
  /** How long a connection may stand still while it is being written to or answered. */
  stalledTimeoutMs: number
  /** Further connections are closed as they arrive. */
  connections: number
  /** Requests of one connection in work at once; reading stops above it. Up to one socket read may exceed it. */
  pipelined: number
}

export const DEFAULT_LIMITS: Readonly<HttpLimits> = {
  headerBytes: 16 * 1024,
  bodyBytes: 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 120_000,
  connections: 10_000,
  pipelined: 128,
}
