import type { Socket } from 'node:net'
import type { Clock } from '../../platform/clock.ts'
import { Connection, type ConnectionOptions, type Phase } from './connection.ts'
import type { HttpLimits } from './limits.ts'
import { GONE, type Peer, type Peers } from './peer/peer.ts'
import type { ProxyClient } from './peer/proxy-header.ts'
import { Reads } from './reads.ts'
import type { RefusalCode } from './refusal.ts'
import { UnsentBytes } from './unsent-bytes.ts'

/** When a connection entered its phase, and how many bytes it had sent until then. */
interface Moment {
  sinceMs: number
  bytes: number
}

/**
 * Phases of connections that can be closed to make room, in this order. A connection with a request in progress is
 * never closed.
 */
const MAKE_ROOM: readonly Phase[] = ['silent', 'unfinished', 'idle']

const MS_PER_SECOND = 1000

/** What the table works with. `refused` is told of each connection that it closes. */
interface TableOptions {
  limits: HttpLimits
  clock: Clock
  peers: Pick<Peers, 'connected'>
  refused(code: RefusalCode, peer: Peer): void
}

/**
 * The open connections, each in its phase. Unauthenticated clients can open many connections and send nothing: silent
 * ones are closed soon, and when the table is full, the one that has waited longest in the least useful phase is
 * closed. So clients that send requests are answered, however many connections are silent.
 */
export class ConnectionTable {
  readonly #limits: HttpLimits
  readonly #clock: Clock
  readonly #peers: TableOptions['peers']
  readonly #refused: TableOptions['refused']
  /** By transport. */
  readonly #connections = new Map<Socket, Connection>()
  /** By the sockets that their requests come on. */
  readonly #open = new Map<Socket, Connection>()
  readonly #reads = new Reads((connection) => this.#cut(connection, 'TooManyRequests'))
  readonly #unsent: UnsentBytes
  readonly #options: ConnectionOptions
  /** Maps keep insertion order: the first of each has been in its phase for the longest time. */
  readonly #phases: Readonly<Record<Phase, Map<Connection, Moment>>> = {
    silent: new Map(),
    unfinished: new Map(),
    receiving: new Map(),
    working: new Map(),
    idle: new Map(),
  }

  constructor({ limits, clock, peers, refused }: TableOptions) {
    this.#limits = limits
    this.#clock = clock
    this.#peers = peers
    this.#refused = refused
    this.#unsent = new UnsentBytes(limits, (connection) => this.#cut(connection, 'AnswersNotRead'))
    this.#options = {
      limits,
      ready: (connection) => this.#reads.ready(connection),
      moved: (connection, from) => this.#moved(connection, from),
      unsent: (connection, bytes) => this.#unsent.changed(connection, bytes),
    }
  }

  /** How many connections are in each phase. */
  get counts(): Readonly<Record<Phase, number>> {
    const { silent, unfinished, receiving, working, idle } = this.#phases
    return {
      silent: silent.size,
      unfinished: unfinished.size,
      receiving: receiving.size,
      working: working.size,
      idle: idle.size,
    }
  }

  /** The connection whose requests come on `socket`. */
  get(socket: Socket): Connection | undefined {
    return this.#open.get(socket)
  }

  /** The other end of what a client opened, or of what its requests come on. */
  peerOf(socket: Socket): Peer {
    return (this.#connections.get(socket) ?? this.#open.get(socket))?.peer ?? GONE
  }

  /** A proxy names the client of what it opened. */
  announce(transport: Socket, client: ProxyClient): void {
    this.#connections.get(transport)?.announce(client)
  }

  /** Closes a connection that does not get as far as it must in time. */
  cutLate(transport: Socket): void {
    const connection = this.#connections.get(transport)
    if (connection) this.#cut(connection, 'ConnectionTimedOut')
  }

  /** Takes a new connection in. When all others have requests under way there is no room, and it is closed. */
  admit(transport: Socket): void {
    const peer = this.#peers.connected(transport)
    if (this.#connections.size >= this.#limits.connections && !this.#makeRoom()) {
      this.#refused('TooManyConnections', peer)
      transport.destroy()
      return
    }
    const connection = new Connection(transport, peer, this.#options)
    this.#connections.set(transport, connection)
    this.#phases.silent.set(connection, this.#now(connection))
    transport.once('close', () => this.#forget(connection))
  }

  /** Requests come on `stream` from now on. After a handshake, the first of them has as long as without one. */
  open(stream: Socket, transport: Socket): void {
    const connection = this.#connections.get(transport)
    // It was cut in the meantime.
    if (connection === undefined) return void stream.destroy()
    connection.carry(stream)
    this.#open.set(stream, connection)
    if (stream === transport) return
    this.#phases.unfinished.delete(connection)
    this.#phases.silent.delete(connection)
    this.#phases.silent.set(connection, this.#now(connection))
  }

  /**
   * Closes connections that send nothing, and those whose requests arrive too slowly. Call it about once per second.
   */
  sweep(): void {
    for (const [connection, { sinceMs }] of this.#silent()) {
      if (this.#clock.monotonic() - sinceMs < this.#limits.firstByteTimeoutMs) break
      this.#cut(connection, 'ConnectionTimedOut')
    }
    for (const [connection, since] of this.#phases.receiving) {
      if (this.#isTooSlow(connection, since)) this.#cut(connection, 'RequestTimeoutException')
    }
  }

  /**
   * Aborts the request that has been arriving for the longest time, on another connection than `socket`. Returns its
   * socket, if there is one.
   */
  cutReceiving(socket: Socket): Socket | undefined {
    for (const connection of this.#phases.receiving.keys()) {
      if (connection.socket === socket) continue
      this.#cut(connection, 'RequestTimeoutException')
      return connection.socket
    }
    return undefined
  }

  /** Closes an unproven connection that sends more requests than a client that waits for answers would. */
  cutFlood(connection: Connection): void {
    this.#cut(connection, 'TooManyRequests')
  }

  /** Ends every connection as soon as it is idle. */
  drain(): void {
    for (const connection of this.#connections.values()) connection.drain()
  }

  #makeRoom(): boolean {
    void this.#silent().next()
    for (const phase of MAKE_ROOM) {
      for (const oldest of this.#phases[phase].keys()) {
        this.#cut(oldest, 'ConnectionMadeRoom')
        return true
      }
    }
    return false
  }

  /**
   * The connections that have sent nothing. node:http does not report first bytes, so each connection is checked when
   * its turn comes, and then set aside: only once for each.
   */
  *#silent(): Generator<[Connection, Moment]> {
    for (const [connection, since] of this.#phases.silent) {
      if (connection.socket.bytesRead === 0) yield [connection, since]
      else {
        this.#phases.silent.delete(connection)
        this.#phases.unfinished.set(connection, since)
      }
    }
  }

  /**
   * A body has a grace period, and must then arrive at a minimum rate. Bytes that wait to be read here have arrived.
   */
  #isTooSlow({ socket }: Connection, { sinceMs, bytes }: Moment): boolean {
    const { bodyGraceMs, bodyBytesPerSecond } = this.#limits
    if (socket.readableLength > 0) return false
    const overdueMs = this.#clock.monotonic() - sinceMs - bodyGraceMs
    return overdueMs > 0 && socket.bytesRead - bytes < (overdueMs * bodyBytesPerSecond) / MS_PER_SECOND
  }

  #moved(connection: Connection, from: Phase): void {
    if (!this.#phases[from].delete(connection)) this.#phases.unfinished.delete(connection) // it was set aside
    this.#phases[connection.phase].set(connection, this.#now(connection))
  }

  #now({ socket }: Connection): Moment {
    return { sinceMs: this.#clock.monotonic(), bytes: socket.bytesRead }
  }

  #cut(connection: Connection, code: RefusalCode): void {
    this.#refused(code, connection.peer)
    this.#forget(connection)
    connection.destroy()
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.transport)
    this.#open.delete(connection.socket)
    this.#reads.forget(connection)
    for (const phase of Object.values(this.#phases)) phase.delete(connection)
  }
}
