/** Limits of the listener for each client and in total. All times in milliseconds, all sizes in bytes. */
export interface HttpLimits {
  /** Request line and headers together. */
  headerBytes: number
  /** Header lines of one request. */
  headers: number
  bodyBytes: number
  /** The bodies of all requests in memory, whether in progress or arriving. */
  allBodiesBytes: number
  /** From the opening of a connection to its first byte. */
  firstByteTimeoutMs: number
  /** From the first byte of a connection or request to the end of its headers. */
  headersTimeoutMs: number
  /** From a request's first byte to its last. Slower senders are disconnected. */
  requestTimeoutMs: number
  /** How long a body can take at any rate, and its minimum rate after that. */
  bodyGraceMs: number
  bodyBytesPerSecond: number
  /** How long a connection can stay open between requests. */
  keepAliveTimeoutMs: number
  /** How long a connection can make no progress while it is read or written. */
  stalledTimeoutMs: number
  /**
   * The maximum number. For a new connection, one without a request in progress is closed; if there is none, the new
   * one is.
   */
  connections: number
  /**
   * Requests of one connection in progress at once; nothing is read above it. The requests in one slice can exceed it.
   */
  pipelined: number
  /**
   * The maximum number of unanswered requests on a connection without any successful response: an unauthenticated
   * client has no reason to send many requests without waiting.
   */
  unproven: number
  /** Unsent responses of one connection; nothing is read above it, so {@link pipelined} responses can exceed it. */
  unsentBytes: number
  /** Unsent responses of all connections. Above it, the one without progress for the longest time is closed. */
  allUnsentBytes: number
}

/** The default limits. */
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
