import type { IncomingMessage } from 'node:http'

/** A body, or why there is none: it exceeded the limit, or the client disconnected before its end. */
export type ReadBody = Uint8Array | 'too large' | 'aborted'

/**
 * Returns the declared size of the body, or 0 if it is not declared. Scans the raw headers, because Node would build
 * its list of headers only for this, which takes longer.
 */
export function declaredLength({ rawHeaders }: IncomingMessage): number {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === CONTENT_LENGTH.length && name.toLowerCase() === CONTENT_LENGTH)
      return Number(rawHeaders[index + 1])
  }
  return 0
}

const CONTENT_LENGTH = 'content-length'

/**
 * Reads at most `maxBytes`. Resolves exactly once and never rejects; input after a refusal is discarded. `held` is
 * called with the change of the memory that the body uses, in bytes.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  held: (bytes: number) => void = () => {},
): Promise<ReadBody> {
  const { promise, resolve } = Promise.withResolvers<ReadBody>()
  const body = new GrowingBody(maxBytes, held)
  request.on('data', (chunk: Uint8Array) => {
    if (!body.add(chunk)) resolve('too large')
  })
  request.on('end', () => resolve(body.take()))
  const giveUp = (): void => {
    body.letGo()
    resolve('aborted')
  }
  request.on('error', giveUp)
  request.on('close', giveUp)
  return promise
}

/** The minimum allocation for a body that arrives in more than one piece. */
const LEAST_BYTES = 4096

/**
 * A body as it arrives. The client determines the number of pieces: a body in pieces of one byte must not take a
 * hundred times its size. So the pieces are copied into one buffer, which doubles, and are wiped, because they can
 * contain a plaintext.
 */
class GrowingBody {
  readonly #maxBytes: number
  readonly #held: (bytes: number) => void
  /** The first piece unchanged, because it is usually the only one; then a buffer with room for more. */
  #buffer: Uint8Array = new Uint8Array()
  #size = 0
  #isOver = false

  constructor(maxBytes: number, held: (bytes: number) => void) {
    this.#maxBytes = maxBytes
    this.#held = held
  }

  /** Returns false when the body is too large. Further pieces are discarded. */
  add(piece: Uint8Array): boolean {
    if (this.#isOver) return true
    const size = this.#size + piece.byteLength
    if (size > this.#maxBytes) {
      this.letGo()
      return false
    }
    if (this.#size === 0) this.#replace(piece)
    else this.#keep(piece, size)
    this.#size = size
    return true
  }

  /** Returns the complete body, which then belongs to the caller. */
  take(): Uint8Array {
    if (this.#buffer.byteLength > this.#size) this.#replace(this.#buffer.slice(0, this.#size))
    this.#isOver = true
    return this.#buffer
  }

  /** Discards the body. */
  letGo(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#replace(new Uint8Array())
  }

  #keep(piece: Uint8Array, size: number): void {
    if (size > this.#buffer.byteLength) {
      const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(LEAST_BYTES, 2 * size)))
      larger.set(this.#buffer.subarray(0, this.#size))
      this.#replace(larger)
    }
    this.#buffer.set(piece, this.#size)
    piece.fill(0)
  }

  #replace(buffer: Uint8Array): void {
    const before = this.#buffer
    this.#buffer = buffer
    before.fill(0)
    this.#held(buffer.byteLength - before.byteLength)
  }
}
