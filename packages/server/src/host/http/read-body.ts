import type { IncomingMessage } from 'node:http'

/** A body, or why there is none: it exceeded the limit, or the client went away before its end. */
export type ReadBody = Uint8Array | 'too large' | 'aborted'

/**
 * What the client says the body's size is, or 0 when it does not say. Node's own list of headers would be made for this alone,
 * which takes longer than to look through what was sent.
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
 * Reads at most `maxBytes`. Resolves exactly once and never rejects; what follows a refusal is thrown away. `held` is called with
 * the bytes of memory that the body takes more, and with a negative number when it takes fewer.
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

/** What is allocated at least, once a body has come in more than one piece. */
const LEAST_BYTES = 4096

/**
 * A body as it comes. A client chooses the number of its pieces: one in pieces of a byte must not take a hundred times its
 * size. So the pieces are copied into one buffer, which doubles, and are wiped, as they may hold a plaintext.
 */
class GrowingBody {
  readonly #maxBytes: number
  readonly #held: (bytes: number) => void
  /** The first piece as it is, as it is usually the only one; then a buffer with room for more. */
  #buffer: Uint8Array = new Uint8Array()
  #size = 0
  #isOver = false

  constructor(maxBytes: number, held: (bytes: number) => void) {
    this.#maxBytes = maxBytes
    this.#held = held
  }

  /** False when the body has become too large. What comes after that is thrown away. */
  add(piece: Uint8Array): boolean {
    if (this.#isOver) return true
    const size = this.#size + piece.byteLength
    if (size > this.#maxBytes) {
      this.letGo()
      return false
    }
    if (this.#size === 0) this.#replace(piece)
    else this.#append(piece, size)
    this.#size = size
    return true
  }

  /** The whole body, which belongs to the caller from here on. */
  take(): Uint8Array {
    if (this.#buffer.byteLength > this.#size) this.#replace(this.#buffer.slice(0, this.#size))
    this.#isOver = true
    return this.#buffer
  }

  /** There will be no body. */
  letGo(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#replace(new Uint8Array())
  }

  #append(piece: Uint8Array, size: number): void {
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
