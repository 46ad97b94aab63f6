import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** How a server did under a closed loop of `connections`, each sending its next request when the answer is there. */
export interface LoadResult {
  requests: number
  wallSeconds: number
  latenciesMs: Float64Array
}

export interface LoadOptions {
  port: number
  /** One whole HTTP/1.1 request, sent again and again. */
  request: Uint8Array
  connections: number
  requests: number
  /** The certificate of a server that is asked over TLS. */
  ca?: string | undefined
  /** Which answers are not a failure of the benchmark; status 200 alone unless given. */
  isExpected?: ((status: number) => boolean) | undefined
}

/** Sends the same bytes over and over: the load generator does as little as possible, the server everything. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, request, connections, requests, ca, isExpected = (status) => status === 200 } = options
  const latenciesMs = new Float64Array(requests)
  let sent = 0
  let answered = 0
  const start = performance.now()
  const loop = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let pending: Buffer = Buffer.alloc(0)
      let sentAt = 0
      const next = (): void => {
        if (sent >= requests) {
          socket.end()
          resolve()
          return
        }
        sent += 1
        sentAt = performance.now()
        socket.write(request)
      }
      socket.on('error', reject)
      socket.on('data', (chunk: Buffer) => {
        pending = pending.byteLength === 0 ? chunk : Buffer.concat([pending, chunk])
        const end = endOfAnswer(pending)
        if (end === undefined) return
        if (!isExpected(Number(pending.toString('latin1', 9, 12)))) reject(new Error(pending.toString('latin1')))
        pending = pending.subarray(end)
        latenciesMs[answered++] = performance.now() - sentAt
        next()
      })
      next()
    })
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected(port, ca)))
  await Promise.all(sockets.map(loop))
  return { requests: answered, wallSeconds: (performance.now() - start) / 1000, latenciesMs: latenciesMs.toSorted() }
}

function connected(port: number, ca: string | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const place = { port, host: '127.0.0.1', noDelay: true }
    const socket = ca === undefined ? connect(place) : connectTls({ ...place, ca })
    socket.once('error', reject)
    socket.once(ca === undefined ? 'connect' : 'secureConnect', () => resolve(socket))
  })
}

/** Where the first answer in `bytes` ends, once all of it is there. */
function endOfAnswer(bytes: Buffer): number | undefined {
  const headersEnd = bytes.indexOf('\r\n\r\n')
  if (headersEnd < 0) return undefined
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, headersEnd))?.[1]
  const end = headersEnd + 4 + Number(length ?? 0)
  return bytes.byteLength >= end ? end : undefined
}
