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
  /** Requests of one connection in work at once; nothing is read above it. What one slice has may exceed it. */
  pipelined: number
  /**
   * Requests without an answer, above which a connection is cut on which none was answered with success: who is known to nobody
   * has no need to send many without waiting.
   */
  unproven: number
  /** Answers of one connection that are not yet out; nothing is read above it, so that those of {@link pipelined} may exceed it. */
  unsentBytes: number
  /** Those of all connections. Beyond it, the one on which nothing went out for longest is cut. */
  allUnsentBytes: number
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
  unproven: 16,
  unsentBytes: 256 * 1024,
  allUnsentBytes: 256 * 1024 * 1024,
}
