import type { Socket } from 'node:net'
import { type ProxyHeader, ProxyHeaderError, readProxyHeader } from './proxy-header.ts'

/** What becomes of the beginning of a connection. Exactly one of these is called, unless the other end leaves before. */
interface Outcomes {
  /** What can be read from the transport now is the client's. */
  read(header: ProxyHeader): void
  refused(error: ProxyHeaderError): void
}

/**
 * Reads the PROXY header from a transport of which nothing has been read. Takes from it what belongs to the header, and no more.
 * The receiver limits how long that can take.
 */
export function readProxyHeaderOf(transport: Socket, { read, refused }: Outcomes): void {
  let bytes = Buffer.alloc(0)
  const stop = (): void => {
    transport.off('readable', readable).off('end', left)
  }
  const readable = (): void => {
    for (let piece = take(transport); piece !== null; piece = take(transport)) {
      bytes = Buffer.concat([bytes, piece])
      const header = headerOf(bytes)
      if (header === undefined) continue
      stop()
      if (header instanceof ProxyHeaderError) return refused(header)
      if (bytes.byteLength > header.bytes) transport.unshift(bytes.subarray(header.bytes))
      return read(header)
    }
  }
  const left = (): void => {
    stop()
    transport.destroy()
  }
  transport.on('readable', readable).on('end', left)
}

function take(transport: Socket): Buffer | null {
  return transport.read() as Buffer | null
}

function headerOf(bytes: Buffer): ProxyHeader | ProxyHeaderError | undefined {
  try {
    return readProxyHeader(bytes)
  } catch (error) {
    if (error instanceof ProxyHeaderError) return error
    throw error
  }
}
