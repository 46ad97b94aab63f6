import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { addressKind } from './addresses.ts'
import type { AllowedHost } from './allowed-hosts.ts'
import { OutboundError } from './outbound-error.ts'

/** Returns all addresses of a host name, in the order to try them. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** More addresses are ignored: trying them would exceed the time of a call. */
const MAX_ADDRESSES = 8

/**
 * Uses the operating system's resolver, which knows the hosts file and a cluster's search domains. Such lookups cannot
 * be cancelled. libuv gives them at most half of its threads, so that a slow name server does not block file system
 * calls.
 */
export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, order: 'verbatim' })).map(({ address }) => address)

/**
 * Returns the addresses that a call of `url` can connect to. The connection must use only these and not resolve the
 * name again, because a second lookup can give another result (DNS rebinding). If one address is refused, all are: a
 * name with a public and a private address indicates an attack.
 */
export async function checkedAddresses(url: URL, host: AllowedHost, resolve: Resolve): Promise<readonly string[]> {
  const addresses = (await addressesOf(url, resolve)).slice(0, MAX_ADDRESSES)
  if (addresses.length === 0) throw new OutboundError('unresolvable', `${url.host} has no address.`)
  const refused = addresses.find((address) => !isPermitted(address, host))
  if (refused === undefined) return addresses
  throw new OutboundError('address-refused', `${url.host} has the address ${printable(refused)}, which is not allowed.`)
}

/** The resolver's result is untrusted: only valid addresses are shown. */
function printable(address: string): string {
  return /^[0-9a-f.:]{1,45}$/i.test(address) ? address : 'in an unknown format'
}

async function addressesOf({ host, hostname }: URL, resolve: Resolve): Promise<readonly string[]> {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(literal) !== 0) return [literal]
  try {
    return await resolve(hostname)
  } catch {
    throw new OutboundError('unresolvable', `${host} cannot be resolved.`)
  }
}

function isPermitted(address: string, { internal = false }: AllowedHost): boolean {
  const kind = addressKind(address)
  return kind === 'public' || (kind === 'internal' && internal)
}
