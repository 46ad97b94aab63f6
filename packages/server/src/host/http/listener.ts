import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { ConnectionTable } from './connection-table.ts'
import { Exchange, type Handle } from './exchange.ts'
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts'
import { declaredLength } from './read-body.ts'
import { type Refusal, type RefusalCode, sourceIpOf } from './refusal.ts'

export interface ListenOptions {
  host: string
  /** 0 chooses a free one. */
  port: number
  /** What answers a method and path, such as `POST /`. Anything else is an unknown operation. */
  routes: ReadonlyMap<string, Handle>
  limits?: Partial<HttpLimits>
  /** Is told of each refusal that no handler hears of. */
  refused?: (refusal: Refusal) => void
  clock: Clock
  /** What connections are timed by: real time, also where a development server's clock stands still. */
  networkClock?: Clock
  random: Random
  logger: Logger
}

export interface Listener {
  port: number
  /**
   * Stops accepting, closes connections without a request, and lets the others be answered. After `graceMs` those
   * that remain are cut. Resolves when no connection is left, and no request in work that a client left behind.
   */
  close(graceMs: number): Promise<void>
}

/** CONNECT, which is for proxies. */
const NO_TUNNELS = Object.assign(new Error('a CONNECT request'), { code: 'HPE_INVALID_METHOD' })

/** How often it is looked for connections and requests that take too long. */
const TIMEOUT_CHECK_MS = 1000

/** Starts to answer HTTP/1.1 requests. Rejects when the address cannot be bound. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const { random, networkClock = systemClock } = options
  const server = boundedServer(limits)
  const refused = (code: RefusalCode, socket: Socket, requestId = random.uuid()): void =>
    options.refused?.({ code, requestId, sourceIp: sourceIpOf(socket) })
  const connections = new ConnectionTable(limits, networkClock, refused)
  const exchange = new Exchange({ ...options, limits, connections, refused })

  server.on('connection', (socket: Socket) => connections.admit(socket))
  const stopSweeping = networkClock.every(TIMEOUT_CHECK_MS, () => connections.sweep())
  server.on('request', (request, response) => void exchange.answer(request, response))
  server.on('checkContinue', (request, response) => {
    if (declaredLength(request) <= limits.bodyBytes) continueInTurn(request, response)
    void exchange.answer(request, response)
  })
  // node:http would answer by itself, and the exchange would not count such requests. They may be answered like others (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => void exchange.answer(request, response))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => exchange.unreadable(error, socket))
  server.on('connect', (_request, socket: Socket) => exchange.unreadable(NO_TUNNELS, socket))

  server.listen(options.port, options.host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const closed = once(server, 'close')
      // Not the close() of node:http: it also destroys connections whose answer is ended but not yet read.
      NetServer.prototype.close.call(server)
      connections.drain()
      const { promise: overdue, resolve } = Promise.withResolvers<void>()
      const deadline = setTimeout(() => {
        server.closeAllConnections()
        resolve()
      }, graceMs)
      await closed
      stopSweeping()
      await Promise.race([exchange.idle(), overdue])
      clearTimeout(deadline)
    },
  }
}

function boundedServer(limits: HttpLimits): Server {
  // Not imported: an import reads all members of the module, and one of them loads a WebSocket client.
  const server = process.getBuiltinModule('node:http').createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    insecureHTTPParser: false,
    // node:http would answer by itself, without a request id, and the exchange would not count it.
    requireHostHeader: false,
  })
  // node:http would leave out what comes after, and say nothing: the exchange counts and refuses.
  server.maxHeadersCount = 0
  server.timeout = limits.stalledTimeoutMs
  return server
}

/**
 * Asks for a body when all requests before it on the connection are answered. node:http would write what is said before, to a
 * request that waits for its turn, between the headers and the body of its answer.
 */
function continueInTurn(request: IncomingMessage, response: ServerResponse): void {
  if (response.socket !== null) return response.writeContinue()
  response.once('socket', () => {
    if (!request.complete) response.writeContinue()
  })
}
