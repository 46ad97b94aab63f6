import type { IncomingMessage } from 'node:http'
import type { Agent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { OutboundError } from './outbound-error.ts'

/** A call whose host and addresses are checked. */
export interface CheckedCall {
  url: URL
  addresses: readonly string[]
  /** Certificates that are trusted instead of the public authorities. */
  authorities: string | undefined
  signal: AbortSignal
  /** A POST request; by default a GET for JSON. */
  post?: PostedRequest | undefined
}

/** What a POST request carries. The body stays the caller's. */
export interface PostedRequest {
  /** By lower-case name. `host` must be that of the URL. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}

const JSON_WANTED = { accept: 'application/json' }
const MAX_HEADER_BYTES = 16 * 1024

/**
 * An agent of our own, because environment variables can give the global one a proxy. It keeps no connections and no
 * TLS sessions, so that each call is checked. `autoSelectFamily` tries each address, and requests all of them.
 */
let agent: Agent | undefined
const AGENT_OPTIONS = { keepAlive: false, maxCachedSessions: 0, autoSelectFamily: true }

/** Sends a request and resolves with the head of the response. Reading the body fails when `signal` aborts. */
export function exchange({ url, addresses, authorities, signal, post }: CheckedCall): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // Loaded on first use: few servers make calls, and loading TLS takes as long as loading the server's own modules.
  const https = process.getBuiltinModule('node:https')
  agent ??= new https.Agent(AGENT_OPTIONS)
  const outgoing = https.request(url, {
    agent,
    signal,
    lookup: pinnedTo(addresses),
    // Explicit, because an environment variable can turn off the default.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ca: authorities,
    maxHeaderSize: MAX_HEADER_BYTES,
    method: post === undefined ? 'GET' : 'POST',
    headers: { 'accept-encoding': 'identity', 'user-agent': 'keyhold', ...(post?.headers ?? JSON_WANTED) },
  })
  outgoing.on('response', resolve)
  outgoing.on('error', reject)
  // A response that is not valid here, such as an unrequested upgrade, causes no error event.
  outgoing.on('close', () =>
    reject(new OutboundError('unreachable', `${url.host} closed the connection without a response.`)),
  )
  outgoing.end(post?.body)
  return promise
}

/** Resolves the host of a connection to the checked addresses. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_hostname, _options, callback) => callback(null, all)
}
