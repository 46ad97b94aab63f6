import { type Connection, SLICE_BYTES } from './connection.ts'

/** Requests that are parsed in one turn of the event loop, but for what the last slice has more. */
const PER_TURN = 16
/** Connections of which more than a slice may be unread. The system hands over up to 64 KiB of each, twice where it is quick. */
const MAX_UNREAD = 1000

/**
 * Reads connections in turn, a slice at a time. One read of a socket has up to 64 KiB, which are thousands of small requests:
 * node:http would parse all of them at once, while others wait. Those that sent little are read first, as whoever sends a
 * request and waits for its answer does, and those that sent much have one slice in each turn of the event loop at least.
 */
export class Reads {
  readonly #cut: (connection: Connection) => void
  readonly #short = new Set<Connection>()
  readonly #long = new Set<Connection>()
  /** Connections of which more than a slice is unread, as they wait or may not be read; the first for longest. */
  readonly #unread = new Set<Connection>()
  #left = PER_TURN
  #isScheduled = false

  /** `cut` closes a connection that sent much, when too many did. */
  constructor(cut: (connection: Connection) => void) {
    this.#cut = cut
  }

  /** Something has come on a connection, or more of it may be read again. */
  ready(connection: Connection): void {
    this.#note(connection)
    if (!connection.mayRead || this.#short.has(connection) || this.#long.has(connection)) return
    this.#queue(connection)
    this.#read()
    this.#schedule()
  }

  forget(connection: Connection): void {
    for (const set of [this.#short, this.#long, this.#unread]) set.delete(connection)
  }

  #queue(connection: Connection): void {
    const line = connection.socket.readableLength > SLICE_BYTES ? this.#long : this.#short
    line.add(connection)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#isScheduled = false
    this.#left = PER_TURN
    while (this.#left > 0 && this.#slice(this.#short));
    this.#slice(this.#long)
    this.#read()
    if (this.#short.size + this.#long.size > 0) this.#schedule()
  }

  #read(): void {
    while (this.#left > 0 && (this.#slice(this.#short) || this.#slice(this.#long)));
  }

  /** Reads a slice of the first in line. False when there is none. */
  #slice(line: Set<Connection>): boolean {
    const [connection] = line
    if (connection === undefined) return false
    line.delete(connection)
    if (!connection.mayRead) return true
    this.#left -= Math.max(1, connection.read())
    if (connection.socket.readableLength <= SLICE_BYTES) this.#unread.delete(connection)
    if (connection.socket.readableLength > 0 && connection.mayRead) this.#queue(connection)
    return true
  }

  /** One that has little unread counts for nothing: else those would use up the room of one that is just sending much. */
  #note(connection: Connection): void {
    if (connection.socket.readableLength <= SLICE_BYTES) return
    this.#unread.add(connection)
    if (this.#unread.size <= MAX_UNREAD) return
    const [longest] = this.#unread
    if (longest !== undefined) this.#cut(longest)
  }
}
