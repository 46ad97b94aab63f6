import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { BoundAddress, ListenAddress } from './listen-address.ts'

/** What a listener reports of the clients that connect, and of what they send. */
export interface Reception {
  /** A client connected, and nothing has been read yet. May destroy `transport`, of which nothing is reported then. */
  connected(transport: Socket): void
  /**
   * Reads what a proxy sends before the client's bytes, and then calls `read`: HTTP or TLS is read from there on. Without it, from
   * the beginning.
   */
  preceding?(transport: Socket, read: () => void): void
  /**
   * HTTP is read from `stream` from now on: `transport` itself, or the plaintext of the TLS that it carries. Reported at most
   * once for each transport, and never when no handshake succeeds. The requests on it name `stream` as their socket.
   */
  opened(stream: Socket, transport: Socket): void
  /** The headers of a request have arrived. */
  request(request: IncomingMessage, response: ServerResponse): void
  /** The same, of a client that waits to be told that it may send the body. */
  requestThatWaits(request: IncomingMessage, response: ServerResponse): void
  /** What came on `stream` is no HTTP request, or came too slowly. The receiver answers, and closes it. */
  unreadable(error: NodeJS.ErrnoException, stream: Socket): void
  /** What came on `transport` is no TLS handshake, or came too slowly. The receiver closes it, if it is open still. */
  unsecured(error: NodeJS.ErrnoException, transport: Socket): void
}

/**
 * Accepts connections in one place and reads HTTP/1.1 requests from them, in the clear or over TLS. Which of both it is, only
 * the listener knows: limits, pipelining and draining are the receiver's, and work on the sockets that are reported.
 *
 * Whatever ends the process closes the sockets; nothing of a listener survives it.
 */
export interface Listener {
  /**
   * Starts to accept. Reports nothing before it has been called. Rejects with the system's error when the address cannot be
   * bound, or with a ListenError that says why; nothing is left open then. Called once.
   */
  accept(address: ListenAddress): Promise<void>
  /** Where it accepts, with the port that was chosen. Throws before {@link accept} has resolved. */
  address(): BoundAddress
  /** The transports that are open: each from `connected` until it is closed. */
  connections(): Iterable<Socket>
  /**
   * Handshakes from now on use these certificates; those under way and open connections stay as they are. Only what
   * node:tls's `setSecureContext` takes is used. Does nothing where no TLS is spoken.
   */
  renew(tls: TlsOptions): void
  /** Stops accepting, and leaves open connections alone. Resolves when the last of them is closed. */
  close(): Promise<void>
}
