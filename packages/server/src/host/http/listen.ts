import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { acceptAll } from './accept-all.ts'
import { announcements } from './announcements.ts'
import { ConnectionTable } from './connection-table.ts'
import { Exchange, type Handle } from './exchange.ts'
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts'
import type { BoundAddress, ListenAddress } from './listen-address.ts'
import { nodeListener } from './node-listener.ts'
import { declaredLength } from './read-body.ts'
import type { OpenAnswers } from './open-answers.ts'
import { Origins } from './origins.ts'
import { type Peer, Peers } from './peer/peer.ts'
import { TrustedProxies } from './peer/trusted-proxies.ts'
import type { Refusal, RefusalCode } from './refusal.ts'

export interface ListenOptions {
  /** Where to accept connections: one address at least. */
  addresses: readonly ListenAddress[]
  /** The certificate and its key at least, for HTTPS on network addresses; plain HTTP without. */
  tls?: TlsOptions
  /** Where plain HTTP is answered; by default, to clients on this machine. */
  plainHttp?: 'local' | 'everywhere'
  /** What answers a method and path, such as `POST /`. Anything else is an unknown operation. */
  routes: ReadonlyMap<string, Handle>
  limits?: Partial<HttpLimits>
  /** Answers before any handler, to anyone; nothing by default. */
  open?: OpenAnswers
  /** The web pages that can call; none by default. */
  origins?: Origins
  /** Whose word on their clients is taken; no one's by default. */
  trustedProxies?: TrustedProxies
  /** Is told of each refusal that no handler hears of. */
  refused?: (refusal: Refusal) => void
  clock: Clock
  /** The clock of connections: real time, even if a development server's clock does not advance. */
  networkClock?: Clock
  random: Random
  logger: Logger
}

/** The places in which requests are answered. */
export interface Listening {
  /** In the order of {@link ListenOptions.addresses}. */
  bound: readonly BoundAddress[]
  /** The first port, or 0 if there is none. */
  port: number
  /** How many connections are open, by what they do. */
  connections(): Readonly<Record<string, number>>
  /** Uses these certificates for new handshakes. */
  renew(tls: TlsOptions): void
  /**
   * Stops accepting, closes connections without a request, and lets the others be answered. After `graceMs` those
   * that remain are cut. Resolves when no connection is left, and no request in work that a client left behind.
   */
  close(graceMs: number): Promise<void>
}

/** How often it is looked for connections and requests that take too long. */
const SWEEP_EVERY_MS = 1000

/**
 * Starts to answer HTTP/1.1 requests, on all addresses or on none: rejects with a ListenError when one cannot be bound. All
 * limits are of all addresses together.
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const { addresses, random, networkClock = systemClock } = options
  const refused = (code: RefusalCode, { sourceIp }: Peer, requestId = random.uuid()): void =>
    options.refused?.({ code, requestId, sourceIp })
  const peers = new Peers(options.trustedProxies ?? TrustedProxies.of([]))
  const connections = new ConnectionTable({ limits, clock: networkClock, peers, refused })
  const { open = () => undefined, origins = Origins.of([]) } = options
  const exchange = new Exchange({ ...options, open, origins, limits, connections, peers, refused })
  const answer = (request: IncomingMessage, response: ServerResponse): void => void exchange.answer(request, response)
  const reception = {
    connected: (transport: Socket) => connections.admit(transport),
    preceding: announcements({ connections, peers, limits, random, refused }),
    opened: (stream: Socket, transport: Socket) => connections.open(stream, transport),
    request: answer,
    requestThatWaits: (request: IncomingMessage, response: ServerResponse) => {
      if (declaredLength(request) <= limits.bodyBytes) continueInTurn(request, response)
      answer(request, response)
    },
    unreadable: (error: NodeJS.ErrnoException, stream: Socket) => exchange.unreadable(error, stream),
    unsecured: (error: NodeJS.ErrnoException, transport: Socket) => exchange.unsecured(error, transport),
  }
  const listeners = await acceptAll(addresses, options.plainHttp ?? 'local', () =>
    nodeListener(limits, reception, options.tls),
  )
  const bound = listeners.map((listener) => listener.address())
  const stopSweeping = networkClock.every(SWEEP_EVERY_MS, () => connections.sweep())
  return {
    bound,
    port: bound.flatMap((one) => ('port' in one ? [one.port] : []))[0] ?? 0,
    connections: () => connections.counts,
    renew(tls) {
      for (const listener of listeners) listener.renew(tls)
    },
    async close(graceMs) {
      const closed = Promise.all(listeners.map((listener) => listener.close()))
      connections.drain()
      const { promise: overdue, resolve } = Promise.withResolvers<void>()
      const deadline = setTimeout(() => {
        for (const transport of listeners.flatMap((listener) => [...listener.connections()])) transport.destroy()
        resolve()
      }, graceMs)
      await closed
      stopSweeping()
      await Promise.race([exchange.idle(), overdue])
      clearTimeout(deadline)
    },
  }
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
