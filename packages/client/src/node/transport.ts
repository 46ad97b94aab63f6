import type { Agent, AgentOptions, IncomingMessage } from 'node:http'
import type { Agent as SecureAgent } from 'node:https'
import type { Socket } from 'node:net'
import { anyOf, timeLimit } from '../kms/time-limit.ts'
import { TransportError } from '../kms/transport.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../kms/transport.ts'
import { concat } from '../base/bytes.ts'
import { ConnectTimeout, limitConnecting } from './connect-limit.ts'
import { requireProxies } from './proxy.ts'

/**
 * Of both modules what is used is looked up, and not imported: an import of node:http reads all of its members, and one of
 * them loads a WebSocket client, which took commands a third of their time. TLS is loaded with the first call over it.
 */
const builtin = process.getBuiltinModule

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
  readonly #ca: string | undefined
  readonly #agents: { plain?: Agent; secure?: SecureAgent } = {}

  constructor({ timeoutMs, connectTimeoutMs, ca, proxyEnv }: TransportOptions = {}) {
    this.#timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.#connectTimeoutMs = connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
    this.#ca = ca
    this.#proxyEnv = proxyEnv
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
    const options = { method: 'POST', headers: { ...headers, 'content-length': body.length }, signal }
    return new Promise((resolve, reject) => {
      const outgoing =
        url.protocol === 'http:'
          ? builtin('node:http').request(url, { ...options, agent: this.#plainAgent() })
          : builtin('node:https').request(url, { ...options, agent: this.#secureAgent() })
      outgoing.on('error', reject)
      outgoing.on('socket', wipeWhatIsRead)
      outgoing.on('response', (incoming) => void readAnswer(incoming, url.host).then(resolve, reject))
      outgoing.end(body)
    })
  }

  #plainAgent(): Agent {
    this.#agents.plain ??= limitConnecting(new (builtin('node:http').Agent)(this.#options()), {
      limitMs: this.#connectTimeoutMs,
      readyOn: 'connect',
    })
    return this.#agents.plain
  }

  #secureAgent(): SecureAgent {
    const ca = this.#ca
    this.#agents.secure ??= limitConnecting(
      new (builtin('node:https').Agent)({ ...this.#options(), ...(ca !== undefined && { ca }) }),
      { limitMs: this.#connectTimeoutMs, readyOn: 'secureConnect' },
    )
    return this.#agents.secure
  }

  #options(): AgentOptions {
    const proxyEnv = this.#proxyEnv
    return { keepAlive: true, maxSockets: MAX_SOCKETS, ...(proxyEnv !== undefined && { proxyEnv }) }
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
  const cause = first instanceof Error ? first : error
  return isUnknownAuthority(cause) ? UNKNOWN_AUTHORITY : cause.message
}

/** Node's own words for these are advice on flags of Node. */
const UNKNOWN_AUTHORITY =
  'its certificate is of an authority that is not trusted here. Name its file with AWS_CA_BUNDLE, or in code with ca.'

function isUnknownAuthority(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT))$/.test(
    code,
  )
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
