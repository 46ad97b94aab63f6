import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Answer } from '../../execution/request.ts'

/**
 * How long further input of a refused client is read and discarded, so that the client sees the response and not a
 * reset.
 */
const LINGER_MS = 1000

/** Sends an answer. `headers` are names and values beside its own. */
export function send(
  response: ServerResponse,
  { status, body, contentType }: Answer,
  requestId: string,
  headers: readonly string[],
): void {
  response.writeHead(status, headersOf(body.bytes, requestId, contentType).concat(headers))
  response.end(body.bytes)
}

/** Answers a request whose body can still be arriving, and closes its connection. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body }: Answer,
  requestId: string,
  headers: readonly string[],
): void {
  response.writeHead(status, headersOf(body.bytes, requestId).concat('Connection', 'close', headers))
  response.write(body.bytes)
  const end = (): void => void response.end()
  const linger = setTimeout(end, LINGER_MS).unref()
  request.once('close', () => clearTimeout(linger)).once('end', end)
  request.resume()
}

/** Writes an answer by hand, where there is no request of node:http that it could belong to, and closes the connection. */
export function answerAndClose(
  socket: Socket,
  { status, body }: Pick<Answer, 'status' | 'body'>,
  requestId: string,
): void {
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
  const headers = headersOf(body.bytes, requestId).concat('Connection', 'close')
  const lines = Array.from({ length: headers.length / 2 }, (_, i) => `${headers[2 * i]}: ${headers[2 * i + 1]}\r\n`)
  const text = new TextDecoder().decode(body.bytes)
  socket.end(`HTTP/1.1 ${status} ${REASON[status] ?? 'Bad Request'}\r\n${lines.join('')}\r\n${text}`)
}

/** Ends a connection so that its client sees the responses and not a reset, although it sent more than was read. */
export function hangUp(socket: Socket): void {
  socket.end()
  socket.removeAllListeners('data').removeAllListeners('readable').resume()
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

const REASON: Readonly<Record<number, string>> = { 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }

/** Names in canonical case: some clients (libmongocrypt) look for exactly `Content-Length`. */
function headersOf(body: Uint8Array, requestId: string, contentType = 'application/x-amz-json-1.1'): string[] {
  return ['Content-Type', contentType, 'Content-Length', String(body.byteLength), 'x-amzn-RequestId', requestId]
}
