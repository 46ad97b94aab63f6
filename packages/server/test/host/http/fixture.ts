import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after } from 'node:test'
import { connect as connectTls, type TlsOptions } from 'node:tls'
import { Secret } from '@keyhold/protocol'
import type { Answer } from '../../../src/execution/request.ts'
import type { Handle } from '../../../src/host/http/exchange.ts'
import type { HttpLimits } from '../../../src/host/http/limits.ts'
import { listen, type Listening, type ListenOptions } from '../../../src/host/http/listen.ts'
import { TrustedProxies } from '../../../src/host/http/peer/trusted-proxies.ts'
import type { Refusal } from '../../../src/host/http/refusal.ts'
import type { Clock } from '../../../src/platform/clock.ts'
import type { Random } from '../../../src/platform/random.ts'
import { systemClock } from '../../../src/platform/system-clock.ts'

const random: Random = {
  bytes: (size) => randomBytes(size),
  secret: (size) => Secret.of(randomBytes(size)),
  uuid: () => randomUUID(),
}

/** A body that remembers being wiped. */
export class TrackedBody {
  readonly bytes: Uint8Array<ArrayBuffer>
  wipes = 0

  constructor(text: string) {
    this.bytes = new Uint8Array(Buffer.from(text))
  }

  wipe(): void {
    this.wipes += 1
    this.bytes.fill(0)
  }
}

export function answer(text: string, status = 200): Answer & { body: TrackedBody } {
  return { status, body: new TrackedBody(text) }
}

export interface Fixture extends Listening {
  /** What was logged as an error. */
  errors: unknown[]
  /** What the listener refused by itself. */
  refusals: Refusal[]
}

type Rest = Partial<Pick<ListenOptions, 'open' | 'origins' | 'addresses'>> & {
  trustedProxies?: readonly string[]
  proxyProtocol?: boolean
}

/** A listener on a free loopback port that answers `POST /`, or these methods and paths, by `handle`; closed after the test file. */
export async function serve(
  handle: Handle,
  limits: Partial<HttpLimits> = {},
  networkClock: Clock = systemClock,
  answered: readonly string[] = ['POST /'],
  tls?: TlsOptions,
  { trustedProxies = [], proxyProtocol, ...rest }: Rest = {},
): Promise<Fixture> {
  const refusals: Refusal[] = []
  const errors: unknown[] = []
  const logger = { info: () => undefined, warn: () => undefined, error: (...args: unknown[]) => void errors.push(args) }
  const routes = new Map(answered.map((route) => [route, handle]))
  const trusted = { trustedProxies: TrustedProxies.of(trustedProxies, { proxyProtocol }) }
  const place = {
    addresses: [{ host: '127.0.0.1', port: 0 }],
    routes,
    limits,
    ...trusted,
    ...rest,
    ...(tls && { tls }),
  }
  const refused = (refusal: Refusal): void => void refusals.push(refusal)
  const listener = await listen({ ...place, refused, clock: systemClock, networkClock, random, logger })
  after(() => listener.close(0))
  return { ...listener, errors, refusals }
}

export interface RawAnswer {
  status: number
  headers: Map<string, string>
  body: string
}

/** A client that sends exactly the bytes it is told to. */
export class RawClient {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  readonly closed: Promise<unknown>

  /** Over TLS where `ca` is given, which is the server's own certificate. */
  constructor(port: number, ca?: string) {
    const place = { port, host: '127.0.0.1', noDelay: true }
    this.socket = ca === undefined ? connect(place) : connectTls({ ...place, ca })
    this.socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])))
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    after(() => this.socket.destroy())
  }

  send(text: string): this {
    this.socket.write(text, 'latin1')
    return this
  }

  get text(): string {
    return this.#received.toString('latin1')
  }

  /** Waits for the next `count` answers. Throws when the connection closes before them. */
  async answers(count: number): Promise<RawAnswer[]> {
    const found: RawAnswer[] = []
    while (found.length < count) {
      const [one, length] = parseAnswer(this.#received)
      if (one) {
        found.push(one)
        this.#received = this.#received.subarray(length)
      } else if (this.socket.closed) throw new Error(`closed after ${found.length} of ${count} answers`)
      else await Promise.race([once(this.socket, 'data'), this.closed])
    }
    return found
  }
}

function parseAnswer(bytes: Buffer): [answer: RawAnswer | undefined, length: number] {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return [undefined, 0]
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = new Map(lines.map((line) => line.split(': ', 2) as [string, string]))
  const length = end + 4 + Number(headers.get('Content-Length') ?? 0)
  if (bytes.length < length) return [undefined, 0]
  return [{ status: Number(first.split(' ')[1]), headers, body: bytes.toString('utf8', end + 4, length) }, length]
}

/** A whole `POST /` request. */
export function post(body: string, headers: readonly string[] = []): string {
  const lines = ['POST / HTTP/1.1', 'Host: localhost', `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
