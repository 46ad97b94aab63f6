import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import { Connection } from './connection.ts'
import { Exchange, type Handle } from './exchange.ts'
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts'
import { declaredLength } from './read-body.ts'

export interface ListenOptions {
  host: string
  /** 0 chooses a free one. */
  port: number
  /** What answers a method and path, such as `POST /`. Anything else is an unknown operation. */
  routes: ReadonlyMap<string, Handle>
  limits?: Partial<HttpLimits>
  clock: Clock
  random: Random
  logger: Logger
}

export interface Listener {
  port: number
  /**
   * Stops accepting, closes connections without a request, and lets the others be answered. After `graceMs` those
   * that remain are cut. Resolves when no connection is left.
   */
  close(graceMs: number): Promise<void>
}

/** How often node:http looks for requests that take too long. */
const TIMEOUT_CHECK_MS = 1000

/** Starts to answer HTTP/1.1 requests. Rejects when the address cannot be bound. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const server = boundedServer(limits)
  const connections = new Map<Socket, Connection>()
  const exchange = new Exchange({ ...options, bodyBytes: limits.bodyBytes, connections })

  server.on('connection', (socket: Socket) => {
    const connection = new Connection(socket, limits.pipelined)
    connections.set(socket, connection)
    socket.once('close', () => connections.delete(socket))
  })
  server.on('request', (request, response) => void exchange.answer(request, response))
  server.on('checkContinue', (request, response) => {
    if (declaredLength(request) <= limits.bodyBytes) response.writeContinue()
    void exchange.answer(request, response)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => exchange.unreadable(error, socket))

  server.listen(options.port, options.host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const closed = once(server, 'close')
      // Not the close() of node:http: it also destroys connections whose answer is ended but not yet read.
      NetServer.prototype.close.call(server)
      for (const connection of connections.values()) connection.drain()
      const deadline = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(deadline)
    },
  }
}

function boundedServer(limits: HttpLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    insecureHTTPParser: false,
  })
  server.maxConnections = limits.connections
  server.timeout = limits.stalledTimeoutMs
  return server
}
