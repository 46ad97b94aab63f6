import type { Socket } from 'node:net'
import type { Random } from '../../platform/random.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { HttpLimits } from './limits.ts'
import type { Peer, Peers } from './peer/peer.ts'
import { readProxyHeaderOf } from './peer/read-proxy-header.ts'
import type { RefusalCode } from './refusal.ts'
import { transportError } from './transport-error.ts'
import { answerAndClose } from './write-answer.ts'

interface AnnouncementOptions {
  connections: Pick<ConnectionTable, 'peerOf' | 'announce' | 'cutLate'>
  peers: Pick<Peers, 'isAnnounced'>
  limits: Pick<HttpLimits, 'headersTimeoutMs'>
  random: Random
  refused(code: RefusalCode, peer: Peer): void
}

/**
 * Returns what calls `read` where the bytes of a client begin: at once, or after the PROXY header of a trusted proxy. What such a
 * proxy sends instead is refused.
 */
export function announcements({
  connections,
  peers,
  limits,
  random,
  refused,
}: AnnouncementOptions): (transport: Socket, read: () => void) => void {
  return (transport, read) => {
    const proxy = connections.peerOf(transport)
    if (!peers.isAnnounced(proxy)) return read()
    const late = setTimeout(() => connections.cutLate(transport), limits.headersTimeoutMs).unref()
    transport.once('close', () => clearTimeout(late))
    readProxyHeaderOf(transport, {
      read: ({ client }) => {
        clearTimeout(late)
        if (client) connections.announce(transport, client)
        read()
      },
      refused: ({ message }) => {
        clearTimeout(late)
        refused('ProxyHeaderRefused', proxy)
        transport.resume()
        answerAndClose(transport, transportError(400, 'ProxyHeaderRefused', message), random.uuid())
      },
    })
  }
}
