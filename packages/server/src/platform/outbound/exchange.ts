import type { IncomingMessage } from 'node:http'
import type { Agent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { OutboundError } from './outbound-error.ts'

/** A call whose host and addresses have been checked. */
export interface CheckedCall {
  url: URL
  addresses: readonly string[]
  /** What is trusted instead of the public authorities. */
  authorities: string | undefined
  signal: AbortSignal
}

const MAX_HEADER_BYTES = 16 * 1024

/**
 * An agent of our own: the global one may have been told of a proxy by the environment. Neither connections nor TLS
 * sessions are kept, so that each call is checked anew. `autoSelectFamily` tries each address, and asks for all.
 */
let agent: Agent | undefined
const AGENT_OPTIONS = { keepAlive: false, maxCachedSessions: 0, autoSelectFamily: true }

/** Sends a GET request and resolves with the head of the answer. Its body stops with an error when `signal` aborts. */
export function exchange({ url, addresses, authorities, signal }: CheckedCall): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // Not imported: few servers ever call anybody, and TLS takes as long to load as a server's own modules.
  const https = process.getBuiltinModule('node:https')
  agent ??= new https.Agent(AGENT_OPTIONS)
  const outgoing = https.request(url, {
    agent,
    signal,
    lookup: pinnedTo(addresses),
    // Said aloud, as the environment may have turned the default off.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ca: authorities,
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: { Accept: 'application/json', 'Accept-Encoding': 'identity', 'User-Agent': 'keyhold' },
  })
  outgoing.on('response', resolve)
  outgoing.on('error', reject)
  // After an answer that is none, such as an upgrade nobody asked for, there is no error.
  outgoing.on('close', () => reject(new OutboundError('unreachable', `${url.host} closed without an answer.`)))
  outgoing.end()
  return promise
}

/** Answers every look-up of a connection with what has been checked. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_hostname, _options, callback) => callback(null, all)
}
