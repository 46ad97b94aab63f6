import type { Socket } from 'node:net'
import type { EncodedBody } from '@keyhold/protocol'

/**
 * One client's connection: how many of its requests are in work, and the answers that are not yet out.
 *
 * An answer's bytes belong to the socket until the operating system has taken all of them. They are wiped then, or when
 * the socket closes, and never before: a slow reader would receive zeros.
 */
export class Connection {
  readonly #socket: Socket
  readonly #maxPipelined: number
  readonly #unsent = new Set<EncodedBody>()
  /** Requests begun and not yet answered. */
  #open = 0
  /** Those of them that have arrived whole. */
  #inWork = 0
  #draining = false

  constructor(socket: Socket, maxPipelined: number) {
    this.#socket = socket
    this.#maxPipelined = maxPipelined
    // Answers that wait behind another on a pipelined connection get no event of their own when it breaks.
    socket.once('close', () => this.#wipeUnsent())
  }

  /** The headers of a request have arrived. */
  begin(): void {
    this.#open += 1
  }

  /** A request that began has arrived whole. Above the limit nothing more is read until enough answers are out. */
  arrived(): void {
    this.#inWork += 1
    if (this.#inWork >= this.#maxPipelined) this.#socket.pause()
  }

  /** Takes charge of an answer. False, and the answer wiped, when there is nobody left to send it to. */
  take(body: EncodedBody): boolean {
    if (this.#socket.destroyed) {
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
    if (this.#inWork === this.#maxPipelined - 1) this.#socket.resume()
    this.#endWhenIdle()
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

  #endWhenIdle(): void {
    if (this.#draining && this.idle) this.#socket.end()
  }

  #wipeUnsent(): void {
    for (const body of this.#unsent) body.wipe()
    this.#unsent.clear()
  }
}
