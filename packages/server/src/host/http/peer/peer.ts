import type { Socket } from 'node:net'
import type { HeaderValues } from '../../../identity/authentication/headers.ts'
import type { TlsDetails } from '../../../identity/authentication/raw-request.ts'
import { BoundedCache } from '../../../platform/bounded-cache.ts'
import { canonicalAddress, UNIX, withoutZone } from './address.ts'
import { type Hop, hopsOf, isSecure } from './forwarded.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/**
 * The other end of a connection, or the client of a request that came through trusted proxies. This folder alone decides who
 * that is: no other code reads the address of a socket, or a header about it.
 */
export interface Peer {
  /** An IP address in canonical form; `unix` for a client of a Unix socket; `''` if it had gone before it could be read. */
  readonly sourceIp: string
  /** Whether it used TLS. */
  readonly secure: boolean
  /** Of the connection. Absent for the client of a proxy. */
  readonly tls?: TlsDetails
}

/** The client of one request. */
export interface Sender extends Peer {
  /**
   * The same object for all requests of which one proves something for the others: those of one connection, or, through trusted
   * proxies, those of one address. A proxy sends the requests of many clients on one connection.
   */
  readonly provenTogether: object
}

/** The peer of a connection that is not known any more. */
export const GONE: Peer = Object.freeze({ sourceIp: '', secure: false })

/** How many clients of proxies are remembered, with some hundred bytes each. A forgotten one only has to prove itself again. */
const MAX_CLIENTS = 50_000

/** Decides who sent a request. */
export class Peers {
  readonly #trusted: TrustedProxies
  readonly #clients = new BoundedCache<object>(MAX_CLIENTS)

  constructor(trusted: TrustedProxies) {
    this.#trusted = trusted
  }

  /**
   * The other end of a connection that was just accepted: a socket forgets its addresses when it closes. It is secure once it has
   * made a handshake.
   */
  connected(transport: Socket): Peer {
    return { sourceIp: addressOf(transport), secure: false }
  }

  /** Whether a connection must begin with a PROXY header. */
  isAnnounced({ sourceIp }: Peer): boolean {
    return this.#trusted.announce(sourceIp)
  }

  /**
   * The client of a request with these headers on `connection`, whose other end is `peer`. Headers count only from a trusted
   * proxy, and only as far as the way back to the client leads over trusted ones: the last address that is not trusted is the
   * client, and what it says of others is not read. Throws a ForwardedError when a trusted proxy says nothing clear.
   */
  sender(peer: Peer, headers: HeaderValues, connection: object): Sender {
    if (!this.#trusted.trusts(peer.sourceIp)) return { ...peer, provenTogether: connection }
    const client = this.#clientOf(headers)
    if (client !== undefined)
      return { sourceIp: client.address, secure: client.secure, provenTogether: this.#together(client.address) }
    // The proxy names no client, so that it speaks for itself, or for one that it hides.
    const secure = headers.has('x-forwarded-proto') ? isSecure(headers) : peer.secure
    return { sourceIp: peer.sourceIp, secure, provenTogether: this.#together(peer.sourceIp) }
  }

  #clientOf(headers: HeaderValues): Hop | undefined {
    const hops = hopsOf(headers)
    let nearest: Hop | undefined
    for (const hop of hops.toReversed()) {
      nearest = hop()
      if (!this.#trusted.trusts(nearest.address)) return nearest
    }
    return nearest
  }

  #together(address: string): object {
    const known = this.#clients.get(address) ?? {}
    this.#clients.set(address, known)
    return known
  }
}

/** Only a Unix socket has no address at its own end. */
function addressOf({ remoteAddress, localAddress }: Socket): string {
  if (remoteAddress !== undefined) return canonicalAddress(withoutZone(remoteAddress)) ?? ''
  return localAddress === undefined ? UNIX : ''
}
