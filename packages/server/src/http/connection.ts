import type { Socket } from 'node:net'
import type { EncodedBody } from '@keyhold/protocol'
import type { Clock } from '../platform/clock.ts'

/**
 * What a connection is at: nothing came yet; something came that is no request yet; a request's body is being received;
 * requests are being answered; all are answered.
 */
export type Phase = 'silent' | 'unfinished' | 'receiving' | 'working' | 'idle'

/**
 * One client's connection: how many of its requests are in work, and the answers that are not yet out.
 *
 * An answer's bytes belong to the socket until the operating system has taken all of them. They are wiped then, or when
 * the socket closes, and never before: a slow reader would receive zeros.
 */
export class Connection {
  readonly socket: Socket
  readonly #maxPipelined: number
  readonly #moved: (connection: Connection, from: Phase) => void
  readonly #unsent = new Set<EncodedBody>()
  /** Requests begun and not yet answered. */
  #open = 0
  /** Those of them that have arrived whole. */
  #inWork = 0
  /** Answers that are being held back. */
  #holds = 0
  #draining = false
  #phase: Phase = 'silent'

  /** `moved` is called after each change of phase but that from `silent` to `unfinished`, which nothing tells of. */
  constructor(socket: Socket, maxPipelined: number, moved: (connection: Connection, from: Phase) => void) {
    this.socket = socket
    this.#maxPipelined = maxPipelined
    this.#moved = moved
    // Answers that wait behind another on a pipelined connection get no event of their own when it breaks.
    socket.once('close', () => this.#wipeUnsent())
  }

  /** The headers of a request have arrived. */
  begin(): void {
    this.#open += 1
    this.#move()
  }

  /** A request that began has arrived whole. Above the limit nothing more is read until enough answers are out. */
  arrived(): void {
    this.#inWork += 1
    this.#move()
    if (this.#inWork >= this.#maxPipelined) this.socket.pause()
  }

  /** Resolves after so many milliseconds. Nothing is read meanwhile: the client's requests wait on its side. */
  async hold(durationMs: number, clock: Clock): Promise<void> {
    this.#holds += 1
    this.socket.pause()
    await delay(durationMs, clock)
    this.#holds -= 1
    this.#readOn()
  }

  /** Takes charge of an answer. False, and the answer wiped, when there is nobody left to send it to. */
  take(body: EncodedBody): boolean {
    if (this.socket.destroyed) {
      body.wipe()
      return false
    }
    this.#unsent.add(body)
    return true
  }

  /** The operating system has all of `body`. */
  sent(body: EncodedBody): void {
    this.#unsent.delete(body)
    body.wipe()
    this.#open -= 1
    this.#inWork -= 1
    this.#move()
    if (this.#inWork === this.#maxPipelined - 1) this.#readOn()
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

  /** Ends the connection as soon as it is idle. */
  drain(): void {
    this.#draining = true
    this.#endWhenIdle()
  }

  /** One with requests in work is not blamed for what it does not send: it may be kept from being read. */
  #move(): void {
    const from = this.#phase
    this.#phase = this.#inWork > 0 ? 'working' : this.#open > 0 ? 'receiving' : 'idle'
    if (this.#phase !== from) this.#moved(this, from)
  }

  #readOn(): void {
    if (this.#holds === 0 && this.#inWork < this.#maxPipelined) this.socket.resume()
  }

  #endWhenIdle(): void {
    if (this.#draining && this.idle) this.socket.end()
  }

  #wipeUnsent(): void {
    for (const body of this.#unsent) body.wipe()
    this.#unsent.clear()
  }
}

function delay(durationMs: number, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = clock.every(durationMs, resolve)
  return promise.finally(stop)
}
