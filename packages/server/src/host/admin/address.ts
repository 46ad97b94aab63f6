import { ListenError, parseListenAddress } from '../http/listen-address.ts'
import { AdminListenerError } from './socket.ts'

/** Where the admin listener answers: a loopback or other address, or a Unix socket. */
export type AdminAddress = { host: string; port: number } | { path: string }

const FORMS = 'Use HOST:PORT, unix:PATH or off.'

/** Reads `HOST:PORT`, `[IPv6]:PORT`, `unix:PATH` or `off`. Throws an AdminListenerError for anything else. */
export function parseAdminAddress(text: string): AdminAddress | 'off' {
  if (text === 'off') return 'off'
  const address = parsed(text)
  if (
    'fd' in address ||
    ('mode' in address && address.mode !== undefined) ||
    ('protocol' in address && address.protocol)
  )
    throw new AdminListenerError(`${JSON.stringify(text)} says more than where. ${FORMS}`)
  return 'path' in address ? { path: address.path } : { host: address.host, port: address.port }
}

function parsed(text: string): ReturnType<typeof parseListenAddress> {
  try {
    return parseListenAddress(text)
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    throw new AdminListenerError(`${JSON.stringify(text)} is no place for an admin listener. ${FORMS}`)
  }
}
