import type { Connection } from './connection.ts'
import type { HttpLimits } from './limits.ts'

/**
 * The answers that nobody has read, of all connections: a client that sends requests and reads nothing leaves them in memory.
 * Beyond the limit, the connection makes room that has gone without progress for longest.
 */
export class UnsentBytes {
  readonly #limits: Pick<HttpLimits, 'unsentBytes' | 'allUnsentBytes'>
  readonly #cut: (connection: Connection) => void
  /** Connections with unsent answers; the first has made no progress for longest. */
  readonly #connections = new Set<Connection>()
  #bytes = 0

  constructor(limits: Pick<HttpLimits, 'unsentBytes' | 'allUnsentBytes'>, cut: (connection: Connection) => void) {
    this.#limits = limits
    this.#cut = cut
  }

  /** The unsent bytes of a connection have become so many more, or fewer. */
  changed(connection: Connection, bytes: number): void {
    this.#bytes += bytes
    if (bytes <= 0) this.#connections.delete(connection)
    if (connection.unsentBytes > 0) this.#connections.add(connection)
    if (bytes <= 0 || this.#bytes <= this.#limits.allUnsentBytes) return
    const [slowest] = this.#connections
    if (slowest !== undefined) this.#cut(slowest)
  }
}
