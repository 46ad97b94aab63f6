import { once } from 'node:events'
import { lstat, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, isIP, type Socket } from 'node:net'
import type { Logger } from '../../platform/logger.ts'
import { isLocal } from '../http/listen-address.ts'
import { readRequestBody } from './read-request-body.ts'
import { AdminListenerError, listenOnSocket } from './socket.ts'

// Loaded without the WebSocket client that an import of `node:http` loads too.
const { createServer } = process.getBuiltinModule('node:http')

/** Where the admin listener answers: an address, or the first of some sockets that is free. */
export type AdminPlace = { host: string; port: number } | { sockets: readonly string[] }

/** What is answered to a path. */
export interface AdminAnswer {
  status: number
  contentType: string
  body: string
}

export type AdminHandle = () => Promise<AdminAnswer> | AdminAnswer

/**
 * Who can send a deed: over the socket only the user of this process; over a loopback address everyone on the machine; over any other
 * everyone on the network, who can read what others send, too.
 */
export type Channel = 'socket' | 'loopback' | 'network'

/** What changes the server. `body` is overwritten once it resolves. */
export type AdminDeed = (body: Buffer, channel: Channel) => Promise<AdminAnswer>

/** Everything that an admin listener answers: what can be asked (GET, HEAD), and what can be done (POST). */
export interface AdminRoutes {
  handles: ReadonlyMap<string, AdminHandle>
  deeds: ReadonlyMap<string, AdminDeed>
}

/** An admin listener that answers. */
export interface AdminListening {
  /** As an operator names it: `unix:PATH` or `http://HOST:PORT`. */
  address: string
  /** Stops at once: nothing that it answers is lost. */
  close(): Promise<void>
}

/**
 * Its own limits, apart from those of clients: whatever they do, it has its own few connections, and whatever is done to it takes
 * little from them.
 */
const LIMITS = {
  connections: 32,
  headerBytes: 8 * 1024,
  headers: 64,
  /** From the opening of a connection, or the first byte of a further request, to the end of the headers. */
  headersTimeoutMs: 5000,
  requestTimeoutMs: 5000,
  keepAliveTimeoutMs: 30_000,
  /** How long a client can leave its answer unread. */
  stalledTimeoutMs: 30_000,
  sweepEveryMs: 1000,
}

/**
 * Answers GET, HEAD and POST on the given paths, in plain HTTP and to everyone who can connect: on a socket that is its user, on a
 * loopback address everyone on the machine. Web pages are refused: a page can lead its visitor's browser here by a name of its own
 * (DNS rebinding), so that on loopback only addresses and `localhost` are accepted as the host. Rejects with an
 * AdminListenerError when it cannot listen there.
 */
export async function listenForAdmin(
  place: AdminPlace,
  routes: AdminRoutes,
  logger: Pick<Logger, 'error'>,
): Promise<AdminListening> {
  const channel = channelOf(place)
  const acceptsHost = channel === 'loopback' ? isAddress : () => true
  const inWork = new WeakSet<Socket>()
  const server = createServer(
    {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.headersTimeoutMs,
      requestTimeout: LIMITS.requestTimeoutMs,
      keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
      connectionsCheckingInterval: LIMITS.sweepEveryMs,
    },
    (request, response) => {
      const { socket } = request
      // No probe sends a request before it has the answer to its last one. Answers would pile up in memory.
      if (inWork.has(socket)) return void socket.destroy()
      inWork.add(socket)
      const answering = { ...routes, channel, acceptsHost, logger }
      void answer(request, response, answering).then(() => inWork.delete(socket))
    },
  )
  server.maxConnections = LIMITS.connections
  server.maxHeadersCount = LIMITS.headers
  server.setTimeout(LIMITS.stalledTimeoutMs)
  return 'host' in place ? onAddress(server, place) : onSocket(server, place.sockets)
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'this user may not',
}

async function onAddress(server: Server, { host, port }: { host: string; port: number }): Promise<AdminListening> {
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { code = 'an unknown error' } = cause as NodeJS.ErrnoException
    const why = REASONS[code] ?? code
    throw new AdminListenerError(`The admin listener cannot listen on ${host}:${port}: ${why}.`, { cause })
  }
  const { port: chosen } = server.address() as AddressInfo
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${chosen}`,
    close: () => closed(server),
  }
}

async function onSocket(server: Server, sockets: readonly string[]): Promise<AdminListening> {
  const path = await listenOnSocket(server, sockets)
  const { ino } = await lstat(path)
  return {
    address: `unix:${path}`,
    async close() {
      // Only its own: another process can have replaced it after someone removed it.
      if ((await lstat(path).catch(() => undefined))?.ino === ino) await rm(path, { force: true })
      await closed(server)
    },
  }
}

async function closed(server: Server): Promise<void> {
  const ended = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await ended
}

interface Answering extends AdminRoutes {
  channel: Channel
  acceptsHost: (host: string) => boolean
  logger: Pick<Logger, 'error'>
}

async function answer(request: IncomingMessage, response: ServerResponse, answering: Answering): Promise<void> {
  const { status, contentType, body } = await answerTo(request, answering).catch((error: unknown) => {
    answering.logger.error('a question to the admin listener failed because of a bug', { error })
    return text(500, 'This is a bug: see the log of the server.\n')
  })
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': bytes.byteLength,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // What comes after the headers is not read, but for a deed.
    ...(hasBody(request) && { Connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

async function answerTo(request: IncomingMessage, answering: Answering): Promise<AdminAnswer> {
  const { method = '', url = '', headers } = request
  const { handles, deeds } = answering
  if (headers.origin !== undefined || !answering.acceptsHost(headers.host ?? '')) {
    return text(403, 'The admin listener answers no web pages, and only to its own address.\n')
  }
  const path = url.split('?', 1)[0] ?? ''
  const deed = method === 'POST' ? deeds.get(path) : undefined
  if (deed) return done(deed, request, answering)
  if (method !== 'GET' && method !== 'HEAD') {
    return text(405, `The admin listener answers GET and HEAD, and POST to: ${[...deeds.keys()].join(', ')}\n`)
  }
  const handle = handles.get(path)
  if (handle === undefined) return text(404, `There are: ${[...handles.keys()].join(', ')}\n`)
  return handle()
}

/** A deed may take as long as a large database takes to be inspected: its connection is not taken for one that stalls. */
async function done(deed: AdminDeed, request: IncomingMessage, { channel }: Answering): Promise<AdminAnswer> {
  const body = await readRequestBody(request)
  if (body === undefined) return text(413, 'The body is too large, or it broke off.\n')
  request.socket.setTimeout(0)
  try {
    return await deed(body, channel)
  } finally {
    body.fill(0)
    request.socket.setTimeout(LIMITS.stalledTimeoutMs)
  }
}

function channelOf(place: AdminPlace): Channel {
  if (!('host' in place)) return 'socket'
  return isLoopback(place.host) ? 'loopback' : 'network'
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** Whether only this machine can connect there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isLocal({ host, port: 0, secure: false }))
}

/** An IP address or `localhost`, with or without a port: no page can point either elsewhere. */
function isAddress(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  if (name === 'localhost') return true
  return isIP(name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name) !== 0
}

export function text(status: number, body: string): AdminAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

export function json(status: number, value: object): AdminAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` }
}
