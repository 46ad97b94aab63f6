import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { anyOf, timeLimit } from '../kms/time-limit.ts'
import { TransportError } from '../kms/transport.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../kms/transport.ts'
import { concat } from '../base/bytes.ts'
import { ConnectTimeout, limitConnecting } from './connect-limit.ts'
import { requireProxies } from './proxy.ts'

const MAX_SOCKETS = 64
const MAX_ANSWER_BYTES = 2 ** 20
const DEFAULT_TIMEOUT_MS = 10_000
const DEFAULT_CONNECT_TIMEOUT_MS = 5000

export interface TransportOptions {
  /** For making a connection, from looking the host up to the end of the handshake of TLS. Default: 5 seconds. */
  connectTimeoutMs?: number | undefined
  /** For one attempt, from looking the host up to the last byte of the answer. Default: 10 seconds. */
  timeoutMs?: number | undefined
  /** The certificates to trust instead of Node's, in PEM. */
  ca?: string | undefined
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in an object such as `process.env`. Node 22.21, 24.5 and newer; others refuse. Default: none. */
  proxyEnv?: NodeJS.ProcessEnv | undefined
}

/** HTTP over node:http and node:https with kept connections. Sockets do not keep a process alive once they are idle. */
export class NodeTransport implements Transport {
  readonly #timeoutMs: number
  readonly #connectTimeoutMs: number
  readonly #proxyEnv: NodeJS.ProcessEnv | undefined
  readonly #agents: { 'http:': HttpAgent; 'https:': HttpsAgent }

  constructor({ timeoutMs, connectTimeoutMs, ca, proxyEnv }: TransportOptions = {}) {
    this.#timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.#connectTimeoutMs = connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
    this.#proxyEnv = proxyEnv
    const options = { keepAlive: true, maxSockets: MAX_SOCKETS, ...(proxyEnv !== undefined && { proxyEnv }) }
    const secure = new HttpsAgent({ ...options, ...(ca !== undefined && { ca }) })
    this.#agents = { 'http:': new HttpAgent(options), 'https:': secure }
    for (const agent of Object.values(this.#agents)) limitConnecting(agent, this.#connectTimeoutMs)
  }

  async post(request: HttpRequest): Promise<HttpAnswer> {
    requireProxies(this.#proxyEnv, request.url)
    const timeout = timeLimit(this.#timeoutMs)
    try {
      return await this.#exchange({ ...request, signal: anyOf(timeout, request.signal) })
    } catch (error) {
      request.signal?.throwIfAborted()
      if (error instanceof TransportError) throw error
      const { host } = request.url
      if (error instanceof ConnectTimeout)
        throw new TransportError('TIMEOUT', `No connection to ${host} was made within ${this.#connectTimeoutMs} ms.`)
      if (timeout?.aborted === true)
        throw new TransportError('TIMEOUT', `${host} did not answer an attempt within ${this.#timeoutMs} ms.`)
      const why = error instanceof Error ? reasonOf(error) : String(error)
      throw new TransportError('UNREACHABLE', `${host} cannot be reached: ${why}`, { cause: error })
    }
  }

  #exchange({ url, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
    const isPlain = url.protocol === 'http:'
    const send = isPlain ? httpRequest : httpsRequest
    const agent = this.#agents[isPlain ? 'http:' : 'https:']
    return new Promise((resolve, reject) => {
      const outgoing = send(url, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': body.length },
        signal,
      })
      outgoing.on('error', reject)
      outgoing.on('socket', wipeWhatIsRead)
      outgoing.on('response', (incoming) => void readAnswer(incoming, url.host).then(resolve, reject))
      outgoing.end(body)
    })
  }
}

/**
 * The parser copies what it hands on, so that the bytes of the connection are wiped besides. A request adds the parser to
 * the listeners of a kept socket again, and this must come after it.
 */
function wipeWhatIsRead(socket: Socket): void {
  socket.off('data', wipe)
  socket.on('data', wipe)
}

function wipe(chunk: Buffer): void {
  chunk.fill(0)
}

/** Several addresses of one host fail as an AggregateError, which has no message of its own. */
function reasonOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : error.message
}

async function readAnswer(incoming: IncomingMessage, host: string): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length <= MAX_ANSWER_BYTES) continue
      throw new TransportError('MALFORMED_ANSWER', `${host} answered with more than ${MAX_ANSWER_BYTES} bytes.`)
    }
    // Of its own memory: a small chunk may be part of a pool, and a copy may outlive the wiping.
    return { status: incoming.statusCode ?? 0, headers: singleHeaders(incoming), body: concat(chunks) }
  } finally {
    chunks.forEach(wipe)
  }
}

function singleHeaders({ headers }: IncomingMessage): Record<string, string | undefined> {
  const single = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])
  return Object.fromEntries(single) as Record<string, string | undefined>
}
