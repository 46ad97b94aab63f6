import { type Connection, SLICE_BYTES } from './connection.ts'

/** How many requests are parsed in one turn of the event loop; the last slice can exceed it. */
const PER_TURN = 16
/**
 * How many connections can have more than a slice of unread input. The operating system delivers up to 64 KiB of each,
 * sometimes twice that.
 */
const MAX_UNREAD = 1000

/**
 * Reads connections in turn, one slice at a time. One read of a socket returns up to 64 KiB, which can contain
 * thousands of small requests: node:http would parse all of them at once while others wait. Connections with little
 * input are read first, because their clients send a request and wait for its response. Those with much input get at
 * least one slice in each turn of the event loop.
 */
export class Reads {
  readonly #cut: (connection: Connection) => void
  readonly #short = new Set<Connection>()
  readonly #long = new Set<Connection>()
  /**
   * Connections with more than a slice of unread input, because they wait or cannot be read; the first for the longest
   * time.
   */
  readonly #unread = new Set<Connection>()
  #left = PER_TURN
  #isScheduled = false

  /** `cut` closes a connection with much unread input, when there are too many of them. */
  constructor(cut: (connection: Connection) => void) {
    this.#cut = cut
  }

  /** Bytes have arrived on a connection, or can be read again. */
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

  /** Reads a slice of the first connection in the queue. Returns false if there is none. */
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

  /** Ignores connections with little unread input: otherwise they would take the room of one that is sending much. */
  #note(connection: Connection): void {
    if (connection.socket.readableLength <= SLICE_BYTES) return
    this.#unread.add(connection)
    if (this.#unread.size <= MAX_UNREAD) return
    const [longest] = this.#unread
    if (longest !== undefined) this.#cut(longest)
  }
}
