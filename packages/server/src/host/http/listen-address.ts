import { isIP } from 'node:net'

/** An address of a network interface. */
export interface TcpAddress {
  /** An IPv4 or IPv6 address, or `localhost`, which is 127.0.0.1. */
  host: string
  /** 0 selects a free port. */
  port: number
  /** By default, `https` if the server has certificates. */
  protocol?: 'http' | 'https'
  /** For `::`, which otherwise accepts IPv4, too. */
  ipv6Only?: boolean
}

/** A Unix socket. It speaks plain HTTP: what passes through it does not leave the machine. */
export interface UnixAddress {
  path: string
  /** Its permissions, {@link SOCKET_MODE} by default. */
  mode?: number
}

/** A socket that listens already, as a descriptor of this process: of a network address or of a Unix socket. */
export interface InheritedSocket {
  fd: number
}

/** Where to accept connections. */
export type ListenAddress = TcpAddress | UnixAddress | InheritedSocket

/** Where connections are accepted. */
export type BoundAddress =
  | { host: string; port: number; secure: boolean }
  /** The path is empty for an inherited socket: nothing says where it is. */
  | { path: string; secure: false }

/** The owner alone can connect. */
export const SOCKET_MODE = 0o600

/** An address that cannot be listened on. `cause` is the system's error, if there is one. */
export class ListenError extends Error {
  override name = 'ListenError'
}

const FORMS = 'Use HOST:PORT with an IP address or localhost, such as 0.0.0.0:8443 or [::]:8443, or unix:PATH.'

/**
 * Reads `HOST:PORT` or `[IPv6]:PORT`, optionally after `http://` or `https://`; or `unix:PATH`, optionally with permissions
 * at the end: `unix:PATH?mode=0660`. Throws a ListenError for anything else.
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) return parseUnix(text)
  const [, protocol, host = '', digits = ''] = /^(?:(https?):\/\/)?(.*):(\d{1,5})$/.exec(text) ?? []
  const port = digits === '' ? Number.NaN : Number(digits)
  const bare = /^\[(.*)\]$/.exec(host)?.[1]
  const isHost = bare === undefined ? host === 'localhost' || isIP(host) === 4 : isIP(bare) === 6
  if (!isHost || !(port <= 65_535))
    throw new ListenError(`${JSON.stringify(text)} is no address to listen on. ${FORMS}`)
  return { host: bare ?? host, port, ...(protocol && { protocol: protocol as 'http' | 'https' }) }
}

function parseUnix(text: string): UnixAddress {
  const [, path = '', digits] = /^unix:((?!\?mode=).+?)(?:\?mode=(0?[0-7]{3}))?$/s.exec(text) ?? []
  if (path === '' || path.includes('\0')) throw new ListenError(`${JSON.stringify(text)} names no path. ${FORMS}`)
  return { path, ...(digits !== undefined && { mode: Number.parseInt(digits, 8) }) }
}

/** The address in the form that {@link parseListenAddress} reads. */
export function showAddress(address: ListenAddress | BoundAddress): string {
  if ('fd' in address) return `descriptor ${address.fd}`
  if ('path' in address) return `unix:${address.path}`
  return hostAndPort(address)
}

/** What a client on this machine connects to. One that listens on all interfaces is shown by its loopback address. */
export function endpointOf(bound: BoundAddress): string {
  if ('path' in bound) return `unix:${bound.path}`
  const { port, secure } = bound
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[bound.host] ?? bound.host
  return `${secure ? 'https' : 'http'}://${hostAndPort({ host, port })}`
}

function hostAndPort({ host, port }: { host: string; port: number }): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether only this machine can connect there. */
export function isLocal(bound: BoundAddress): boolean {
  return 'path' in bound || /^(127\.|::1$|::ffff:127\.)/.test(bound.host)
}
