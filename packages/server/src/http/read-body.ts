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
 * Reads at most `maxBytes`. Resolves exactly once and never rejects; what follows a refusal is left unread. `held` is told of
 * bytes as memory takes them, and of those of a body that does not become one as it lets them go.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  held: (bytes: number) => void = () => {},
): Promise<ReadBody> {
  const { promise, resolve } = Promise.withResolvers<ReadBody>()
  const chunks: Uint8Array[] = []
  let size = 0
  let kept = 0
  const giveUp = (why: 'too large' | 'aborted'): void => {
    held(-kept)
    kept = 0
    chunks.length = 0
    resolve(why)
  }
  request.on('data', (chunk: Uint8Array) => {
    size += chunk.byteLength
    if (size > maxBytes) return giveUp('too large')
    chunks.push(chunk)
    kept += chunk.byteLength
    held(chunk.byteLength)
  })
  request.on('end', () => {
    if (size > maxBytes) return
    resolve(join(chunks, size))
    kept = 0 // it is the reader's from here on
  })
  request.on('error', () => giveUp('aborted'))
  request.on('close', () => giveUp('aborted'))
  return promise
}

/** One chunk, the usual case, is used as it is; several are copied into one and wiped, as they may hold a plaintext. */
function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return only
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
    chunk.fill(0)
  }
  return whole
}
