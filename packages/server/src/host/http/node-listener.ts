import { once } from 'node:events'
import type { Server, ServerOptions } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { HttpLimits } from './limits.ts'
import type { Listener, Place, Reception } from './listener.ts'

/** How often node:http looks for requests that take too long. */
const TIMEOUT_CHECK_MS = 1000

/** CONNECT, which is for proxies. */
const NO_TUNNELS = Object.assign(new Error('a CONNECT request'), { code: 'HPE_INVALID_METHOD' })

/** A listener by node:http. With `tls`, which holds a certificate and its key at least, by node:https. */
export function nodeListener(limits: HttpLimits, reception: Reception, tls?: TlsOptions): Listener {
  const server = tls === undefined ? plainServer(limits, reception) : secureServer(limits, reception, tls)
  // node:http would leave out what comes after, and say nothing: the receiver counts and refuses.
  server.maxHeadersCount = 0
  server.timeout = limits.stalledTimeoutMs
  server.on('request', (request, response) => reception.request(request, response))
  server.on('checkContinue', (request, response) => reception.requestThatWaits(request, response))
  // node:http would answer by itself, and the receiver would not count such requests. They may be answered like others (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => reception.request(request, response))
  server.on('clientError', (error: NodeJS.ErrnoException, stream: Socket) => reception.unreadable(error, stream))
  server.on('connect', (_request, stream: Socket) => reception.unreadable(NO_TUNNELS, stream))
  return new NodeListener(server)
}

function plainServer(limits: HttpLimits, reception: Reception): Server {
  // Not imported: an import reads all members of the module, and one of them loads a WebSocket client.
  const server = process.getBuiltinModule('node:http').createServer(optionsOf(limits))
  server.on('connection', (transport: Socket) => {
    reception.connected(transport)
    if (!transport.destroyed) reception.opened(transport, transport)
  })
  return server
}

/** Its `connection` is the transport, long before the handshake ends; requests come on what `secureConnection` hands over. */
function secureServer(limits: HttpLimits, reception: Reception, tls: TlsOptions): Server {
  const least = { minVersion: 'TLSv1.2' } as const
  const options = { ...least, ...tls, ...optionsOf(limits), handshakeTimeout: limits.headersTimeoutMs }
  const server = process.getBuiltinModule('node:https').createServer(options)
  const transports = new Transports()
  server.on('connection', (transport: Socket) => {
    transports.add(transport)
    reception.connected(transport)
  })
  server.on('secureConnection', (stream) => {
    const transport = transports.of(stream)
    if (transport === undefined) stream.destroy()
    else reception.opened(stream, transport)
  })
  // The one of node:https reports these as if they came on an open stream.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (error, stream) => {
    const transport = transports.of(stream)
    if (transport === undefined) stream.destroy()
    else reception.unsecured(error, transport)
  })
  return server
}

/**
 * The transports of TLS streams by both their ends, which no two open connections share: node:tls does not say which transport
 * a stream has. One whose client has gone has no ends any more, and no stream asks for it.
 */
class Transports {
  readonly #byEnds = new Map<string, Socket>()

  add(transport: Socket): void {
    const ends = endsOf(transport)
    this.#byEnds.set(ends, transport)
    transport.once('close', () => this.#byEnds.delete(ends))
  }

  of(stream: Socket): Socket | undefined {
    return this.#byEnds.get(endsOf(stream))
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

function optionsOf(limits: HttpLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    insecureHTTPParser: false,
    // node:http would answer by itself, without a request id, and the receiver would not count it.
    requireHostHeader: false,
  }
}

class NodeListener implements Listener {
  readonly #server: Server
  readonly #transports = new Set<Socket>()

  constructor(server: Server) {
    this.#server = server
    server.prependListener('connection', (transport: Socket) => {
      this.#transports.add(transport)
      transport.once('close', () => this.#transports.delete(transport))
    })
  }

  async accept({ host, port }: Place): Promise<void> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
  }

  address(): Place {
    const { address: host, port } = this.#server.address() as AddressInfo
    return { host, port }
  }

  connections(): Iterable<Socket> {
    return this.#transports
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    // Not the close() of node:http: it also destroys connections whose answer is ended but not yet read.
    NetServer.prototype.close.call(this.#server)
    await closed
    // The server closes a turn before the last socket says that it has.
    for (const transport of this.#transports) await once(transport, 'close')
  }
}
