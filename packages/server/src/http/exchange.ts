import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { groupHeaders } from '../authentication/headers.ts'
import type { RawRequest } from '../authentication/raw-request.ts'
import type { Answer } from '../operations/request.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import type { Connection } from './connection.ts'
import { declaredLength, readBody } from './read-body.ts'
import { transportError, unreadableRequest } from './transport-error.ts'

/** Answers one whole request. A rejection is a bug: it is logged and answered as KMSInternalException. */
export type Handle = (request: RawRequest) => Promise<Answer>

interface ExchangeOptions {
  routes: ReadonlyMap<string, Handle>
  bodyBytes: number
  connections: ReadonlyMap<Socket, Connection>
  clock: Clock
  random: Random
  logger: Logger
}

/** How long what a refused client still sends is read and thrown away, so that it sees the refusal and not a reset. */
const LINGER_MS = 1000

/** From node:http's request to an answer on its socket. */
export class Exchange {
  readonly #options: ExchangeOptions

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  /** Never rejects: a client that goes away is no error. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { bodyBytes, clock, connections, random } = this.#options
    const connection = connections.get(request.socket)
    if (connection === undefined) return
    connection.begin()
    const requestId = random.uuid()
    const body = declaredLength(request) > bodyBytes ? 'too large' : await readBody(request, bodyBytes)
    if (body === 'too large') return refuseLargeBody(request, response, requestId)
    if (body === 'aborted') return

    connection.arrived()
    const answer = await this.#handled(rawRequest(request, body, requestId, clock.now()))
    body.fill(0)
    if (!connection.take(answer.body)) return
    response.once('finish', () => connection.sent(answer.body))
    send(response, answer, requestId)
  }

  /** Bytes that are no request are answered only where no other answer is under way that this would cut into. */
  unreadable(error: NodeJS.ErrnoException, socket: Socket): void {
    if (!socket.writable || this.#options.connections.get(socket)?.idle !== true) {
      socket.destroy()
      return
    }
    const { status, body } = unreadableRequest(error.code)
    const headers = headersOf(body.bytes, this.#options.random.uuid()).concat('Connection', 'close')
    const lines = Array.from({ length: headers.length / 2 }, (_, i) => `${headers[2 * i]}: ${headers[2 * i + 1]}\r\n`)
    const text = new TextDecoder().decode(body.bytes)
    socket.end(`HTTP/1.1 ${status} ${REASON[status] ?? 'Bad Request'}\r\n${lines.join('')}\r\n${text}`)
  }

  async #handled(request: RawRequest): Promise<Answer> {
    const handle = this.#options.routes.get(`${request.method} ${request.path}`)
    if (handle === undefined) return transportError(404, 'UnknownOperationException')
    try {
      return await handle(request)
    } catch (error) {
      this.#options.logger.error('A request was not answered because of a bug', { requestId: request.requestId, error })
      return transportError(500, 'KMSInternalException')
    }
  }
}

const REASON: Readonly<Record<number, string>> = { 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }

function rawRequest(request: IncomingMessage, body: Uint8Array, requestId: string, receivedAtMs: number): RawRequest {
  const { method = '', url = '', rawHeaders, socket } = request
  const mark = url.indexOf('?')
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: groupHeaders(rawHeaders),
    body,
    sourceIp: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    secure: 'encrypted' in socket,
    requestId,
    receivedAtMs,
  }
}

function refuseLargeBody(request: IncomingMessage, response: ServerResponse, requestId: string): void {
  const { status, body } = transportError(413, 'RequestEntityTooLargeException', 'The request is too large.')
  response.writeHead(status, headersOf(body.bytes, requestId).concat('Connection', 'close'))
  response.write(body.bytes)
  const end = (): void => void response.end()
  const linger = setTimeout(end, LINGER_MS).unref()
  request.once('close', () => clearTimeout(linger)).once('end', end)
  request.resume()
}

function send(response: ServerResponse, { status, body, contentType }: Answer, requestId: string): void {
  response.writeHead(status, headersOf(body.bytes, requestId, contentType))
  response.end(body.bytes)
}

/** Names in canonical case: some clients (libmongocrypt) look for `Content-Length` only in this spelling. */
function headersOf(body: Uint8Array, requestId: string, contentType = 'application/x-amz-json-1.1'): string[] {
  return ['Content-Type', contentType, 'Content-Length', String(body.byteLength), 'x-amzn-RequestId', requestId]
}
