import { once } from 'node:events'
import type { Server as HttpServer, ServerOptions } from 'node:http'
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import type { TlsOptions, TLSSocket } from 'node:tls'
import type { HttpLimits } from './limits.ts'
import { type BoundAddress, type ListenAddress, ListenError, showAddress, type TcpAddress } from './listen-address.ts'
import type { Listener, Reception } from './listener.ts'
import { OFFERED } from './tls/policy.ts'
import { CLIENT_CERTIFICATE } from './transport-error.ts'
import { listenOnPath } from './unix-socket.ts'

/** How often node:http looks for requests that take too long. */
const TIMEOUT_CHECK_MS = 1000

/** CONNECT, which is for proxies. */
const NO_TUNNELS = Object.assign(new Error('a CONNECT request'), { code: 'HPE_INVALID_METHOD' })

/**
 * A listener by node:http, or by node:https on network addresses if there is `tls`, which holds a certificate and its key at
 * least.
 */
export function nodeListener(limits: HttpLimits, reception: Reception, tls?: TlsOptions): Listener {
  return new NodeListener(limits, reception, tls)
}

/** A server of node:http or node:https that accepts nothing itself: it is given transports. */
interface Reader extends Pick<HttpServer, 'emit' | 'close'> {
  /** Only of node:https. */
  setSecureContext?(tls: TlsOptions): void
}

function plainReader(limits: HttpLimits, reception: Reception): Reader {
  // Not imported: an import reads all members of the module, and one of them loads a WebSocket client.
  const reader = process.getBuiltinModule('node:http').createServer(optionsOf(limits))
  reader.on('connection', (transport: Socket) => reception.opened(transport, transport))
  return reading(reader, limits, reception)
}

/** It gets the transport long before the handshake ends; requests come on what `secureConnection` hands over. */
function secureReader(limits: HttpLimits, reception: Reception, tls: TlsOptions): Reader {
  const options = { ...OFFERED, ...tls, ...optionsOf(limits), handshakeTimeout: limits.headersTimeoutMs }
  const reader = process.getBuiltinModule('node:https').createServer(options)
  const transports = new Transports()
  reader.prependListener('connection', (transport: Socket) => transports.add(transport))
  reader.on('secureConnection', (stream) => {
    stream.on('error', () => undefined)
    const transport = transports.of(stream)
    if (transport === undefined) stream.destroy()
    else if (tls.requestCert === true && !stream.authorized) reception.unsecured(refusedClient(stream), transport)
    else reception.opened(stream, transport)
  })
  // The one of node:https reports these as if they came on an open stream.
  reader.removeAllListeners('tlsClientError')
  reader.on('tlsClientError', (error, stream) => {
    const transport = transports.of(stream)
    if (transport === undefined) stream.destroy()
    else reception.unsecured(error, transport)
  })
  return reading(reader, limits, reception)
}

/** node:tls has finished the handshake by then. Nothing that the client sent has been read. */
function refusedClient({ authorizationError: reason }: TLSSocket): NodeJS.ErrnoException {
  // Its types say that it is an Error. It is the name of OpenSSL's result, and UNSPECIFIED if there is no certificate.
  return Object.assign(new Error(String(reason)), { code: CLIENT_CERTIFICATE })
}

function reading(reader: HttpServer, limits: HttpLimits, reception: Reception): Reader {
  // node:http would leave out what comes after, and say nothing: the receiver counts and refuses.
  reader.maxHeadersCount = 0
  reader.timeout = limits.stalledTimeoutMs
  reader.on('request', (request, response) => reception.request(request, response))
  reader.on('checkContinue', (request, response) => reception.requestThatWaits(request, response))
  // node:http would answer by itself, and the receiver would not count such requests. They may be answered like others (RFC 9110, 10.1.1).
  reader.on('checkExpectation', (request, response) => reception.request(request, response))
  reader.on('clientError', (error: NodeJS.ErrnoException, stream: Socket) => reception.unreadable(error, stream))
  reader.on('connect', (_request, stream: Socket) => reception.unreadable(NO_TUNNELS, stream))
  // From this event on it looks for requests that take too long.
  reader.emit('listening')
  return reader
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

/**
 * Accepts connections by node:net, and hands them to what reads HTTP from them. Only when the address is bound is it known
 * whether that is TLS: an inherited socket can be of either kind.
 */
class NodeListener implements Listener {
  readonly #limits: HttpLimits
  readonly #reception: Reception
  readonly #tls: TlsOptions | undefined
  readonly #server = createServer({ noDelay: true })
  readonly #transports = new Set<Socket>()
  #bound: BoundAddress | undefined
  #reader: Reader | undefined

  constructor(limits: HttpLimits, reception: Reception, tls: TlsOptions | undefined) {
    this.#limits = limits
    this.#reception = reception
    this.#tls = tls
  }

  async accept(address: ListenAddress): Promise<void> {
    const protocol = 'protocol' in address ? address.protocol : undefined
    if (protocol === 'https' && this.#tls === undefined) {
      throw new ListenError(`There is no certificate for HTTPS on ${showAddress(address)}.`)
    }
    const tls = protocol === 'http' ? undefined : this.#tls
    await listenOn(this.#server, address)
    const bound = boundOf(this.#server, tls !== undefined)
    const isSecure = 'port' in bound && tls !== undefined
    // node:http and node:https make their own servers like this.
    Object.assign(this.#server, { allowHalfOpen: !isSecure })
    const reader = isSecure
      ? secureReader(this.#limits, this.#reception, tls)
      : plainReader(this.#limits, this.#reception)
    this.#bound = bound
    this.#reader = reader
    this.#server.on('connection', (transport) => this.#connected(transport, reader))
  }

  #connected(transport: Socket, reader: Reader): void {
    this.#transports.add(transport)
    // An error closes it, which is reported. Readers listen to errors too, but stop before it is closed: node:http at a CONNECT,
    // node:tls at bytes that are no handshake. An error that nothing listens to ends the process.
    transport.on('error', () => undefined)
    transport.once('close', () => this.#transports.delete(transport))
    this.#reception.connected(transport)
    if (transport.destroyed) return
    const read = (): void => void reader.emit('connection', transport)
    if (this.#reception.preceding === undefined) read()
    else this.#reception.preceding(transport, read)
  }

  address(): BoundAddress {
    if (this.#bound === undefined) throw new Error('The listener has no address yet.')
    return this.#bound
  }

  renew(tls: TlsOptions): void {
    this.#reader?.setSecureContext?.(tls)
  }

  connections(): Iterable<Socket> {
    return this.#transports
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
    // The server closes a turn before the last socket says that it has.
    for (const transport of this.#transports) await once(transport, 'close')
    // Not before: it also destroys connections whose answer is ended but not yet read. It reports that it never listened.
    this.#reader?.close(() => undefined)
  }
}

async function listenOn(server: Server, address: ListenAddress): Promise<void> {
  if ('path' in address) return listenOnPath(server, address)
  server.listen('fd' in address ? { fd: address.fd } : optionsOfAddress(address))
  await once(server, 'listening')
}

/** A name can have several addresses, of which node:net would choose one. */
function optionsOfAddress({ host, port, ipv6Only = false }: TcpAddress): ListenOptions {
  return { host: host === 'localhost' ? '127.0.0.1' : host, port, ipv6Only }
}

/** node:net gives the address of a Unix socket as its path, or `null` if it was inherited. */
function boundOf(server: Server, hasTls: boolean): BoundAddress {
  const address = server.address()
  if (address === null || typeof address === 'string') return { path: address ?? '', secure: false }
  return { host: address.address, port: address.port, secure: hasTls }
}
