import type { Socket } from 'node:net'
import type { EncodedBody } from '@keyhold/protocol'
import type { Clock } from '../../platform/clock.ts'
import type { HttpLimits } from './limits.ts'

/**
 * What a connection is at: nothing came yet; something came that is no request yet; a request's body is being received;
 * requests are being answered; all are answered.
 */
export type Phase = 'silent' | 'unfinished' | 'receiving' | 'working' | 'idle'

/** What is read at once: twice the size of a usual signed request. */
export const SLICE_BYTES = 2048
/** The same, of strangers, who may send the smallest requests: hardly more of them than are answered. */
const STRANGERS_SLICE_BYTES = 512

/** What a connection is held to, and who is told of what becomes of it. */
export interface ConnectionOptions {
  limits: Pick<HttpLimits, 'pipelined' | 'unsentBytes'>
  /** Something has come, or may be read again. */
  ready(connection: Connection): void
  /** After each change of phase but that from `silent` to `unfinished`, which nothing tells of. */
  moved(connection: Connection, from: Phase): void
  /** After each change of the bytes that are unsent, by so many. */
  unsent(connection: Connection, bytes: number): void
}

/**
 * One client's connection: what may be read of it, how many of its requests are in work, and the answers that are not yet out.
 *
 * An answer's bytes belong to the socket until the operating system has taken all of them. They are wiped then, or when
 * the socket closes, and never before: a slow reader would receive zeros.
 */
export class Connection {
  /** What the client opened. */
  readonly transport: Socket
  readonly #options: ConnectionOptions
  #stream: Socket | undefined
  readonly #unsent = new Set<EncodedBody>()
  #unsentBytes = 0
  /** What is being read. */
  #sliceBytes = 0
  /** Of the body that is being received, what has certainly not been read. */
  #bodyBytes = 0
  /** Requests begun. */
  #begun = 0
  /** Requests begun and not yet answered. */
  #open = 0
  /** Those of them that have arrived whole. */
  #inWork = 0
  /** Answers that are being held back. */
  #holds = 0
  #isProven = false
  #isPaused = false
  #draining = false
  /** What follows can be no request. */
  #isBroken = false
  #phase: Phase = 'silent'
  #ended = (): void => {}

  constructor(transport: Socket, options: ConnectionOptions) {
    this.transport = transport
    this.#options = options
  }

  /** HTTP is read from `stream` from now on: from the transport itself, or from what TLS makes of it. Called once. */
  carry(stream: Socket): void {
    this.#stream = stream
    // Answers that wait behind another on a pipelined connection get no event of their own when it breaks.
    stream.once('close', () => this.#wipeUnsent())
    // With this listener nothing is read but what read() asks for, and node:http is given that alone.
    stream.on('readable', () => this.#options.ready(this))
    this.#followPauses(stream)
  }

  /** What the client's requests come on; until then, what it opened. */
  get socket(): Socket {
    return this.#stream ?? this.transport
  }

  /** Cuts the connection. Nothing of what is under way is sent any more. */
  destroy(): void {
    this.#stream?.destroy()
    this.transport.destroy()
  }

  /** The headers of a request have arrived, and say how long its body is. */
  begin(bodyBytes: number): void {
    // Some of the body may have come with the headers: what is left beyond that is read at once, as no request can be in it.
    this.#bodyBytes = Math.max(0, bodyBytes - this.#sliceBytes) || 0
    this.#begun += 1
    this.#open += 1
    this.#move()
  }

  /** A request that began has arrived whole. */
  arrived(): void {
    this.#inWork += 1
    this.#move()
  }

  /** Whether more of what came may be read: not while as much of it waits for answers, or answers for their reader. */
  get mayRead(): boolean {
    const { pipelined, unsentBytes } = this.#options.limits
    const hasRoom = this.#inWork < pipelined && this.#unsentBytes < unsentBytes
    return hasRoom && this.#holds === 0 && !this.#isPaused && !this.#isBroken && !this.socket.destroyed
  }

  /** Reads a slice of what came, and returns how many requests began in it. Only while {@link mayRead}. */
  read(): number {
    const before = this.#begun
    const usual = this.#isProven ? SLICE_BYTES : STRANGERS_SLICE_BYTES
    // Never more than the stream's own limit: it would raise that to what is asked of it, and keep as much unread from then on.
    const most = this.#bodyBytes > 0 ? Math.min(this.#bodyBytes, this.socket.readableHighWaterMark) : usual
    this.#sliceBytes = Math.min(most, this.socket.readableLength)
    this.#bodyBytes -= Math.min(this.#bodyBytes, this.#sliceBytes)
    // Without a number the end is read, too.
    if (this.socket.readableLength > most) this.socket.read(most)
    else this.socket.read()
    return this.#begun - before
  }

  /** A request was answered with success: whoever is at the other end is no stranger. */
  prove(): void {
    this.#isProven = true
  }

  get isProven(): boolean {
    return this.#isProven
  }

  get unsentBytes(): number {
    return this.#unsentBytes
  }

  /** Resolves after so many milliseconds. Nothing is read meanwhile: the client's requests wait on its side. */
  async hold(durationMs: number, clock: Clock): Promise<void> {
    this.#holds += 1
    await delay(durationMs, clock)
    this.#holds -= 1
    this.#options.ready(this)
  }

  /** Takes charge of an answer. False, and the answer wiped, when there is nobody left to send it to. */
  take(body: EncodedBody): boolean {
    if (this.socket.destroyed) {
      body.wipe()
      return false
    }
    this.#unsent.add(body)
    this.#count(body.bytes.byteLength)
    return !this.socket.destroyed
  }

  /** The operating system has all of `body`. */
  sent(body: EncodedBody): void {
    const mightRead = this.mayRead
    if (this.#unsent.delete(body)) this.#count(-body.bytes.byteLength)
    body.wipe()
    this.#open -= 1
    this.#inWork -= 1
    this.#move()
    if (!mightRead && this.mayRead) this.#options.ready(this)
    this.#endWhenIdle()
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Requests begun and not yet answered. */
  get open(): number {
    return this.#open
  }

  /** No request has begun and no answer is under way. */
  get idle(): boolean {
    return this.#open === 0
  }

  /** Ends the connection as soon as it is idle. One on which no HTTP can come yet is cut. */
  drain(): void {
    this.#draining = true
    if (this.#stream === undefined) this.transport.destroy()
    else this.#endWhenIdle()
  }

  /** Reads nothing more, as it can be no request, and calls `ended` once every request that has arrived whole is answered. */
  break(ended: () => void): void {
    this.#isBroken = true
    this.#ended = ended
    this.#endWhenIdle()
  }

  /** One with requests in work is not blamed for what it does not send: it may be kept from being read. */
  #move(): void {
    const from = this.#phase
    this.#phase = this.#inWork > 0 ? 'working' : this.#open > 0 ? 'receiving' : 'idle'
    if (this.#phase !== from) this.#options.moved(this, from)
  }

  #count(bytes: number): void {
    this.#unsentBytes += bytes
    this.#options.unsent(this, bytes)
  }

  /**
   * node:http pauses a socket on which answers wait for their reader, and must be given nothing until it goes on. A stream with
   * a listener of 'readable' has no event for that.
   */
  #followPauses(socket: Socket): void {
    const { pause, resume } = socket
    socket.pause = () => {
      this.#isPaused = true
      return pause.call(socket)
    }
    socket.resume = () => {
      if (this.#isPaused) {
        this.#isPaused = false
        this.#options.ready(this)
      }
      return resume.call(socket)
    }
  }

  #endWhenIdle(): void {
    if (this.#draining && this.idle) this.socket.end()
    if (this.#isBroken && this.#inWork === 0) this.#ended()
  }

  #wipeUnsent(): void {
    for (const body of this.#unsent) body.wipe()
    this.#unsent.clear()
    this.#count(-this.#unsentBytes)
  }
}

function delay(durationMs: number, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = clock.every(durationMs, resolve)
  return promise.finally(stop)
}
