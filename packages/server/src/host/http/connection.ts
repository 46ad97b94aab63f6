import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { EncodedBody } from '@keyhold/protocol'
import type { Clock } from '../../platform/clock.ts'
import type { HttpLimits } from './limits.ts'
import { tlsDetailsOf } from './tls/details.ts'
import type { Peer } from './peer/peer.ts'
import type { ProxyClient } from './peer/proxy-header.ts'

/**
 * The phase of a connection. `silent`: nothing has arrived yet. `unfinished`: an incomplete request head has arrived.
 * `receiving`: the body of a request is arriving. `working`: requests are being answered. `idle`: all requests are
 * answered.
 */
export type Phase = 'silent' | 'unfinished' | 'receiving' | 'working' | 'idle'

/** How many bytes are read at once: twice the size of a usual signed request. */
export const SLICE_BYTES = 2048
/** The same for unproven connections, which can send minimal requests: few more of them than are answered. */
const STRANGERS_SLICE_BYTES = 512

/** The limits of a connection, and its callbacks. */
export interface ConnectionOptions {
  limits: Pick<HttpLimits, 'pipelined' | 'unsentBytes'>
  /** Bytes have arrived, or can be read again. */
  ready(connection: Connection): void
  /** After each change of phase, except from `silent` to `unfinished`, which causes no event. */
  moved(connection: Connection, from: Phase): void
  /** After each change of the number of unsent bytes, by this difference. */
  unsent(connection: Connection, bytes: number): void
}

/**
 * One client's connection: what can be read from it, how many of its requests are in progress, and the responses that
 * are not sent yet.
 *
 * The bytes of a response belong to the socket until the operating system has accepted all of them. They are wiped
 * then, or when the socket closes, and never before: a slow reader would receive zeros.
 */
export class Connection {
  /** What the client opened. */
  readonly transport: Socket
  #peer: Peer
  /** A proxy says whether its client used TLS. */
  #isSchemeTold = false
  readonly #options: ConnectionOptions
  #stream: Socket | undefined
  readonly #unsent = new Set<EncodedBody>()
  #unsentBytes = 0
  /** The size of the slice that is being read. */
  #sliceBytes = 0
  /** Bytes of the current body that have certainly not been read. */
  #bodyBytes = 0
  /** The number of requests that have begun. */
  #begun = 0
  /** The number of requests that have begun and are not answered. */
  #open = 0
  /** The number of those that have arrived completely. */
  #inWork = 0
  /** The number of responses that are being delayed. */
  #holds = 0
  #isProven = false
  #isPaused = false
  #draining = false
  /** The rest of the input cannot be a request. */
  #isBroken = false
  #phase: Phase = 'silent'
  #ended = (): void => {}

  constructor(transport: Socket, peer: Peer, options: ConnectionOptions) {
    this.transport = transport
    this.#peer = peer
    this.#options = options
  }

  /** HTTP is read from `stream` from now on: from the transport itself, or from what TLS makes of it. Called once. */
  carry(stream: Socket): void {
    this.#stream = stream
    if (stream !== this.transport && !this.#isSchemeTold)
      this.#peer = { ...this.#peer, secure: true, tls: tlsDetailsOf(stream as TLSSocket) }
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

  /**
   * A proxy names the client that it connects for. If it does not say whether the client uses TLS, it carries what it does not
   * look into: then the scheme is that of this connection.
   */
  announce({ sourceIp, secure }: ProxyClient): void {
    this.#peer = { sourceIp, secure: secure ?? false }
    this.#isSchemeTold = secure !== undefined
  }

  /** Its other end. */
  get peer(): Peer {
    return this.#peer
  }

  /** Cuts the connection. Nothing of what is under way is sent any more. */
  destroy(): void {
    this.#stream?.destroy()
    this.transport.destroy()
  }

  /** The headers of a request have arrived, with the length of its body. */
  begin(bodyBytes: number): void {
    // Part of the body can have arrived with the headers. The rest can be read at once, because it contains no request.
    this.#bodyBytes = Math.max(0, bodyBytes - this.#sliceBytes) || 0
    this.#begun += 1
    this.#open += 1
    this.#move()
  }

  /** A request that has begun has arrived completely. */
  arrived(): void {
    this.#inWork += 1
    this.#move()
  }

  /**
   * Whether more input can be read. Not while `pipelined` requests are in progress, or responses wait for their reader.
   */
  get mayRead(): boolean {
    const { pipelined, unsentBytes } = this.#options.limits
    const hasRoom = this.#inWork < pipelined && this.#unsentBytes < unsentBytes
    return hasRoom && this.#holds === 0 && !this.#isPaused && !this.#isBroken && !this.socket.destroyed
  }

  /** Reads a slice of the input, and returns how many requests began in it. Call it only while {@link mayRead}. */
  read(): number {
    const before = this.#begun
    const usual = this.#isProven ? SLICE_BYTES : STRANGERS_SLICE_BYTES
    // Never more than the stream's own limit: the stream would raise its limit to that, and buffer as much from then
    // on.
    const most = this.#bodyBytes > 0 ? Math.min(this.#bodyBytes, this.socket.readableHighWaterMark) : usual
    this.#sliceBytes = Math.min(most, this.socket.readableLength)
    this.#bodyBytes -= Math.min(this.#bodyBytes, this.#sliceBytes)
    // Without a number, read() also reads the end of the stream.
    if (this.socket.readableLength > most) this.socket.read(most)
    else this.socket.read()
    return this.#begun - before
  }

  /** A request was answered with success, so the client is authenticated. */
  prove(): void {
    this.#isProven = true
  }

  get isProven(): boolean {
    return this.#isProven
  }

  get unsentBytes(): number {
    return this.#unsentBytes
  }

  /** Resolves after this many milliseconds. Nothing is read meanwhile: further requests wait on the client's side. */
  async hold(durationMs: number, clock: Clock): Promise<void> {
    this.#holds += 1
    await delay(durationMs, clock)
    this.#holds -= 1
    this.#options.ready(this)
  }

  /** Takes ownership of a response. Returns false, and wipes the response, if the connection is closed. */
  take(body: EncodedBody): boolean {
    if (this.socket.destroyed) {
      body.wipe()
      return false
    }
    // A constant answer can be sent several times at once. It counts once, as it is one piece of memory.
    if (!this.#unsent.has(body)) this.#count(body.bytes.byteLength)
    this.#unsent.add(body)
    return !this.socket.destroyed
  }

  /** The operating system has accepted all of `body`. */
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

  /** The number of requests that have begun and are not answered. */
  get open(): number {
    return this.#open
  }

  /** No request has begun, and no response is being sent. */
  get idle(): boolean {
    return this.#open === 0
  }

  /** Ends the connection as soon as it is idle. One on which no HTTP can come yet is cut. */
  drain(): void {
    this.#draining = true
    if (this.#stream === undefined) this.transport.destroy()
    else this.#endWhenIdle()
  }

  /** Reads nothing more, because it cannot be a request, and calls `ended` when every complete request is answered. */
  break(ended: () => void): void {
    this.#isBroken = true
    this.#ended = ended
    this.#endWhenIdle()
  }

  /** A connection with requests in progress is not timed, because the server can be the one that does not read. */
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
   * node:http pauses a socket while responses wait for their reader, and must receive no input until it resumes. A
   * stream with a 'readable' listener emits no event for that.
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
