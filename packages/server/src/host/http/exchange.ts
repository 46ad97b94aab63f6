import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { groupHeaders, type HeaderValues } from '../../identity/authentication/headers.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Answer } from '../../execution/request.ts'
import type { Clock } from '../../platform/clock.ts'
import { logFailure } from '../../platform/log/log-failure.ts'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import type { Connection } from './connection.ts'
import type { ConnectionTable } from './connection-table.ts'
import { LargeBodies } from './large-bodies.ts'
import type { HttpLimits } from './limits.ts'
import type { OpenAnswers } from './open-answers.ts'
import type { Origins } from './origins.ts'
import { ForwardedError } from './peer/forwarded.ts'
import type { Peer, Peers, Sender } from './peer/peer.ts'
import { declaredLength, readBody } from './read-body.ts'
import type { RefusalCode } from './refusal.ts'
import { beginsProxyHeader } from './peer/proxy-header.ts'
import { readTarget } from './request-target.ts'
import { faultOfHeaders, LARGE_BODY, type Refused, refusedAs } from './unfit.ts'
import { answerAndClose, hangUp, refuse, send } from './write-answer.ts'
import { HTTPS_ONLY, transportError, unreadableRequest, unsecuredConnection } from './transport-error.ts'

/** Answers one complete request. A rejection is a bug: it is logged and answered as KMSInternalException. */
export type Handle = (request: RawRequest) => Promise<Answer>

interface ExchangeOptions {
  routes: ReadonlyMap<string, Handle>
  /** Answers before any handler, to anyone. */
  open: OpenAnswers
  origins: Origins
  limits: Pick<HttpLimits, 'bodyBytes' | 'allBodiesBytes' | 'headers' | 'unproven'>
  connections: ConnectionTable
  peers: Pick<Peers, 'sender'>
  refused(code: RefusalCode, peer: Peer, requestId?: string): void
  clock: Clock
  random: Random
  logger: Logger
}

/** Turns a request of node:http into a response on its socket. */
export class Exchange {
  readonly #options: ExchangeOptions
  readonly #largeBodies = new LargeBodies()
  #inWork = 0
  #bodiesBytes = 0
  /** Bytes of incomplete bodies, by socket. */
  readonly #receiving = new Map<Socket, number>()
  #whenIdle: (() => void) | undefined

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  /** Never rejects: a client that disconnects is not an error. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { limits, clock, connections, random } = this.#options
    const connection = connections.get(request.socket)
    if (connection === undefined) return
    const declared = declaredLength(request)
    connection.begin(declared)
    if (!connection.isProven && connection.open > limits.unproven) return connections.cutFlood(connection)
    const requestId = random.uuid()
    const unfit = faultOfHeaders(request, limits)
    if (unfit) return this.#refuse(request, response, requestId, unfit, connection.peer)
    const headers = groupHeaders(request.rawHeaders)
    const sender = this.#senderOf(headers, connection)
    if ('answer' in sender) return this.#refuse(request, response, requestId, sender, connection.peer)
    const body =
      declared > limits.bodyBytes
        ? 'too large'
        : await readBody(request, declared || limits.bodyBytes, (bytes) => this.#hold(bytes, request.socket))
    if (body === 'too large') return this.#refuse(request, response, requestId, LARGE_BODY, sender)
    if (body === 'aborted') return

    connection.arrived()
    const countedBytes = this.#uncount(request.socket, body.byteLength)
    const raw = rawRequest(request, { headers, body, sender, requestId, receivedAtMs: clock.now() })
    const answer = await this.#answered(raw, sender, connection)
    body.fill(0)
    this.#bodiesBytes -= countedBytes
    if (answer.holdMs !== undefined) await connection.hold(answer.holdMs, clock)
    if (!connection.take(answer.body)) return
    response.once('finish', () => connection.sent(answer.body))
    send(response, answer, answer.requestId ?? requestId, this.#options.origins.headersFor(raw))
  }

  /**
   * Bodies take memory before their sender is authenticated. Beyond the limit, the slowest request is aborted at once.
   */
  #hold(bytes: number, socket: Socket): void {
    if (bytes <= 0) {
      this.#bodiesBytes -= this.#uncount(socket, -bytes)
      return
    }
    this.#bodiesBytes += bytes
    this.#receiving.set(socket, bytes + (this.#receiving.get(socket) ?? 0))
    if (this.#bodiesBytes <= this.#options.limits.allBodiesBytes) return
    const cut = this.#options.connections.cutReceiving(socket)
    if (cut === undefined) socket.destroy()
    else this.#bodiesBytes -= this.#uncount(cut, Infinity)
  }

  /**
   * Removes bytes of a connection that no longer belong to an incomplete body. Returns how many of them were counted:
   * none after an abort. The next request's body can have begun already, and stays counted.
   */
  #uncount(socket: Socket, bytes: number): number {
    const held = this.#receiving.get(socket) ?? 0
    if (bytes < held) {
      this.#receiving.set(socket, held - bytes)
      return bytes
    }
    this.#receiving.delete(socket)
    return held
  }

  /** Answers bytes that are not a request, but only if no other response is in progress that this would interrupt. */
  unreadable(error: NodeJS.ErrnoException, socket: Socket): void {
    const { status, code, body } = isProxyHeader(error) ? UNEXPECTED_PROXY : unreadableRequest(error)
    const { connections, refused } = this.#options
    if (isRefusal(error)) refused(code, connections.peerOf(socket))
    const connection = connections.get(socket)
    if (!socket.writable || connection === undefined) {
      socket.destroy()
      return
    }
    // The end of a request in the same piece of input is reported in this turn of the event loop.
    if (!connection.idle) {
      setImmediate(() => connection.break(() => hangUp(socket)))
      return
    }
    // The rest is not a request either. It is discarded for a while, so that the client sees the response and not a
    // reset.
    socket.removeAllListeners('data')
    answerAndClose(socket, { status, body }, this.#options.random.uuid())
  }

  /** Answers bytes that are no TLS handshake in plain HTTP, so that a client that used http:// sees why. */
  unsecured(error: NodeJS.ErrnoException, transport: Socket): void {
    const refusal = unsecuredConnection(error.code)
    if (refusal === 'ClientCertificateRefused')
      this.#options.logger.warn('a connection without an accepted client certificate was closed', {
        why: error.message,
      })
    if (refusal !== undefined) this.#options.refused(refusal, this.#options.connections.peerOf(transport))
    if (refusal === 'HttpOnTlsPort' && transport.writable)
      answerAndClose(transport, HTTPS_ONLY, this.#options.random.uuid())
    else transport.destroy()
  }

  /** Answers a request whose body can still be arriving. */
  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    { code, answer }: Refused,
    peer: Peer,
  ): void {
    const { origins, refused } = this.#options
    refused(code, peer, requestId)
    const { method, rawHeaders } = request
    refuse(request, response, answer, requestId, origins.headersFor({ method, headers: groupHeaders(rawHeaders) }))
  }

  #senderOf(headers: HeaderValues, { peer, socket }: Connection): Sender | Refused {
    try {
      return this.#options.peers.sender(peer, headers, socket)
    } catch (error) {
      if (error instanceof ForwardedError) return refusedAs(400, 'ForwardedHeadersRefused', error.message)
      throw error
    }
  }

  /** What anyone is answered proves nothing of a client. */
  async #answered(raw: RawRequest, sender: Sender, connection: Connection): Promise<Answer> {
    const open = this.#options.open(raw)
    if (open !== undefined) return open
    const answer = await this.#handled(raw, sender)
    if (answer.status === 200) connection.prove()
    return answer
  }

  async #handled(request: RawRequest, sender: Sender): Promise<Answer> {
    const { routes, refused } = this.#options
    // A GET without a query requests nothing, and costs no more than this check. A signed one gets the error of its
    // service.
    const { method, query, headers } = request
    const isNothing = method === 'GET' && query === '' && !headers.has('authorization')
    const handle = isNothing ? undefined : routes.get(`${request.method} ${request.path}`)
    if (handle === undefined) {
      refused('UnknownOperationException', sender, request.requestId)
      return UNKNOWN_OPERATION
    }
    this.#inWork += 1
    try {
      await this.#largeBodies.turn(request.body.byteLength)
      return await handle(request)
    } catch (error) {
      logFailure(error, request.requestId, this.#options.logger)
      return transportError(500, 'KMSInternalException')
    } finally {
      this.#inWork -= 1
      if (this.#inWork === 0) this.#whenIdle?.()
    }
  }

  /** Resolves when no request is in progress. A client that disconnects can leave its request behind. */
  async idle(): Promise<void> {
    if (this.#inWork > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
  }
}

const UNKNOWN_OPERATION = transportError(404, 'UnknownOperationException')

/** A PROXY header of someone who is not believed, or who was not expected to send one. */
const UNEXPECTED_PROXY = {
  ...transportError(
    400,
    'ProxyHeaderRefused',
    'The PROXY protocol is accepted from trusted proxies only, with --proxy-protocol.',
  ),
  code: 'ProxyHeaderRefused',
} as const

function isProxyHeader({ rawPacket }: NodeJS.ErrnoException & { rawPacket?: Buffer }): boolean {
  return rawPacket !== undefined && beginsProxyHeader(rawPacket)
}

interface Arrived extends Pick<RawRequest, 'headers' | 'body' | 'requestId' | 'receivedAtMs'> {
  sender: Sender
}

function rawRequest(request: IncomingMessage, arrived: Arrived): RawRequest {
  const { method = '', url = '', socket } = request
  const { headers, body, sender, requestId, receivedAtMs } = arrived
  const { path, query, host } = readTarget(url)
  return {
    method,
    path,
    query,
    headers: host === undefined ? headers : new Map(headers).set('host', [host]),
    body,
    ...sender,
    requestId,
    receivedAtMs,
    isGone: () => socket.destroyed,
  }
}

/** Returns false for a client that disconnects. */
function isRefusal({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('HPE_') || code.startsWith('ERR_HTTP_')
}
