import type { IncomingMessage } from 'node:http'

/** Many times what any answer to a sealed server has: a share, a passphrase, the path of a file. */
const MAX_BYTES = 16 * 1024

/** Reads the body of a request. The caller overwrites it. Resolves to `undefined` for one that is too large or breaks off. */
export async function readRequestBody(request: IncomingMessage): Promise<Buffer | undefined> {
  // It is not read, so that its sender sees the answer.
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.byteLength
      if (bytes > MAX_BYTES) return undefined
    }
    return Buffer.concat(chunks)
  } catch {
    return undefined
  } finally {
    for (const chunk of chunks) chunk.fill(0)
  }
}
