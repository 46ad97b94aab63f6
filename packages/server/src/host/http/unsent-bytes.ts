import type { Connection } from './connection.ts'
import type { HttpLimits } from './limits.ts'

/**
 * The unread responses of all connections: a client that sends requests and does not read leaves them in memory. Above
 * the limit, the connection without progress for the longest time is closed.
 */
export class UnsentBytes {
  readonly #limits: Pick<HttpLimits, 'unsentBytes' | 'allUnsentBytes'>
  readonly #cut: (connection: Connection) => void
  /** Connections with unsent responses; the first without progress for the longest time. */
  readonly #connections = new Set<Connection>()
  #bytes = 0

  constructor(limits: Pick<HttpLimits, 'unsentBytes' | 'allUnsentBytes'>, cut: (connection: Connection) => void) {
    this.#limits = limits
    this.#cut = cut
  }

  /** The number of unsent bytes of a connection changed by this difference. */
  changed(connection: Connection, bytes: number): void {
    this.#bytes += bytes
    if (bytes <= 0) this.#connections.delete(connection)
    if (connection.unsentBytes > 0) this.#connections.add(connection)
    if (bytes <= 0 || this.#bytes <= this.#limits.allUnsentBytes) return
    const [slowest] = this.#connections
    if (slowest !== undefined) this.#cut(slowest)
  }
}
