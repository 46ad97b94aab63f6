import { isIP } from 'node:net'
import { type BoundAddress, isLocal, type ListenAddress, ListenError, showAddress } from './listen-address.ts'
import type { Listener } from './listener.ts'

/**
 * Returns one listener for each address. When one of them cannot be bound, closes those before it and rejects with a
 * ListenError.
 */
export async function acceptAll(
  addresses: readonly ListenAddress[],
  plainHttp: 'local' | 'everywhere',
  make: () => Listener,
): Promise<Listener[]> {
  const listeners: Listener[] = []
  try {
    for (const address of apart(addresses)) {
      const listener = make()
      await accept(listener, address)
      listeners.push(listener)
      if (plainHttp === 'local') requireSafe(listener.address())
    }
    if (listeners.length === 0) throw new ListenError('There is no address to listen on.')
    return listeners
  } catch (error) {
    for (const transport of listeners.flatMap((listener) => [...listener.connections()])) transport.destroy()
    await Promise.all(listeners.map((listener) => listener.close()))
    throw error
  }
}

async function accept(listener: Listener, address: ListenAddress): Promise<void> {
  try {
    await listener.accept(address)
  } catch (cause) {
    if (cause instanceof ListenError) throw cause
    const { code = 'an unknown error' } = cause as NodeJS.ErrnoException
    throw new ListenError(`Cannot listen on ${showAddress(address)}: ${REASONS[code] ?? code}.`, { cause })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EACCES: 'this user may not',
  EINVAL: 'the descriptor is no socket that listens, or the path is too long',
  ENOENT: 'the folder does not exist',
}

/** Answers contain plaintext keys, and a request that was read can be sent again. */
function requireSafe(bound: BoundAddress): void {
  if ('path' in bound || bound.secure || isLocal(bound)) return
  throw new ListenError(
    `Plain HTTP on ${showAddress(bound)} would show secrets to the network. Name a certificate with --tls-cert and --tls-key, or allow it with --insecure-http.`,
  )
}

/** `::` would take IPv4's connections to the port, too, and then no other address can have them. */
function apart(addresses: readonly ListenAddress[]): ListenAddress[] {
  const ports = new Set(addresses.flatMap((one) => ('host' in one && isIP(one.host) !== 6 ? [one.port] : [])))
  return addresses.map((one) =>
    'host' in one && one.host === '::' && ports.has(one.port) ? { ...one, ipv6Only: true } : one,
  )
}
