import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { addressKind } from './addresses.ts'
import type { AllowedHost } from './allowed-hosts.ts'
import { OutboundError } from './outbound-error.ts'

/** All addresses of a host name, in the order in which they should be tried. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** More are not tried: they would not fit into the time of a call. */
const MAX_ADDRESSES = 8

/**
 * Asks the operating system, which knows the hosts file and a cluster's search domains. Such a look-up cannot be
 * called off; libuv lets them take half of its threads at most, so that a slow name server does not stop the disk.
 */
export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, order: 'verbatim' })).map(({ address }) => address)

/**
 * The addresses to which a call of `url` may connect. They are all there is: whoever connects must not look the name up
 * again, as a second answer may be another one (DNS rebinding). One that is refused refuses all: a name that has a
 * public and a private address was made for an attack.
 */
export async function checkedAddresses(url: URL, host: AllowedHost, resolve: Resolve): Promise<readonly string[]> {
  const addresses = (await addressesOf(url, resolve)).slice(0, MAX_ADDRESSES)
  if (addresses.length === 0) throw new OutboundError('unresolvable', `${url.host} has no address.`)
  const refused = addresses.find((address) => !isPermitted(address, host))
  if (refused === undefined) return addresses
  throw new OutboundError('address-refused', `${url.host} has the address ${printable(refused)}, which is refused.`)
}

/** What a resolver answers is not ours: only something that is an address may be repeated. */
function printable(address: string): string {
  return /^[0-9a-f.:]{1,45}$/i.test(address) ? address : 'of an unknown form'
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
