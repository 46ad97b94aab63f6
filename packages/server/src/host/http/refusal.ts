import type { Socket } from 'node:net'

/** What the listener refuses by itself: strangers' doing, of which no operation and no authentication ever knows. */
export type RefusalCode =
  /** Bytes that are no HTTP request, or a method that nothing here has. */
  | 'BadRequestException'
  | 'RequestHeaderFieldsTooLargeException'
  | 'RequestEntityTooLargeException'
  /** Headers or body came too slowly. */
  | 'RequestTimeoutException'
  /** A method and path that nothing answers. */
  | 'UnknownOperationException'
  /** Nothing came in time, or no whole TLS handshake. */
  | 'ConnectionTimedOut'
  /** Plain HTTP came where TLS is expected. */
  | 'HttpOnTlsPort'
  /** What came was no TLS handshake, or one that has nothing in common with what is offered here. */
  | 'TlsHandshakeFailed'
  /** It was cut without a request under way, so that another could be let in. */
  | 'ConnectionMadeRoom'
  /** More requests came on one connection than anybody could want to be answered. */
  | 'TooManyRequests'
  /** Too many answers were not read, and there it had gone on for longest. */
  | 'AnswersNotRead'
  /** There was no room, as all others had requests under way. */
  | 'TooManyConnections'

/** A refusal, for the trace that it leaves. */
export interface Refusal {
  code: RefusalCode
  requestId: string
  sourceIp: string
}

/** The address of the other end, of an IPv4 client in IPv4's form; empty once it has gone. */
export function sourceIpOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
}
