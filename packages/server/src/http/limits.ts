/** What one client may ask of the listener. All times in milliseconds, all sizes in bytes. */
export interface HttpLimits {
  /** Request line and headers together. */
  headerBytes: number
  /** Header lines of one request. */
  headers: number
  bodyBytes: number
  /** The bodies in memory of all requests together, those under way and those that are being received. */
  allBodiesBytes: number
  /** From the opening of a connection to its first byte. */
  firstByteTimeoutMs: number
  /** From a connection's or request's first byte to the end of its headers. */
  headersTimeoutMs: number
  /** From a request's first byte to its last: slow senders are cut off. */
  requestTimeoutMs: number
  /** How long a body may take at any rate, and the rate at which it must come from then on. */
  bodyGraceMs: number
  bodyBytesPerSecond: number
  /** How long a connection may stay open between requests. */
  keepAliveTimeoutMs: number
  /** How long a connection may stand still while it is being written to or answered. */
  stalledTimeoutMs: number
  /** For a further one, one without a request under way makes room; there being none, the further one is closed. */
  connections: number
  /** Requests of one connection in work at once; reading stops above it. Up to one socket read may exceed it. */
  pipelined: number
  /**
   * Requests of one connection without an answer, above which it is cut: more than a socket read has of signed requests, beside
   * those of {@link pipelined}. It has thousands of some twenty bytes, all of which are parsed before any is answered.
   */
  unanswered: number
}

export const DEFAULT_LIMITS: Readonly<HttpLimits> = {
  headerBytes: 16 * 1024,
  headers: 200,
  bodyBytes: 1024 * 1024,
  allBodiesBytes: 256 * 1024 * 1024,
  firstByteTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  bodyGraceMs: 5_000,
  bodyBytesPerSecond: 16 * 1024,
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 120_000,
  connections: 10_000,
  pipelined: 128,
  unanswered: 400,
}
