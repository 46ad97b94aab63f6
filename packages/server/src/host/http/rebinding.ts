import { isIP } from 'node:net'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Handle } from './exchange.ts'
import { transportError } from './transport-error.ts'

/**
 * Keeps web pages away from a server that accepts any credentials. A page can reach this machine's ports through its
 * visitor's browser: openly, then the browser sends `Origin`; or under a name of its own that it points at 127.0.0.1
 * (DNS rebinding), then `Host` is that name. Addresses and `localhost` cannot be pointed elsewhere; `alsoNamed` are
 * further names the operator vouches for. What a page shows by GET, such as an image, brings no `Origin`, but `Sec-Fetch-Site`
 * (W3C Fetch Metadata Request Headers, section 2), which is `none` only for an address that the visitor typed, or a `Referer`.
 * A page can leave out the latter, and browsers the former, for an address that they do not trust (section 4), such as
 * 0.0.0.0, [::ffff:7f00:1] or another host's name, all of which may lead here. No page can change the browser's own name without
 * being asked for its origin.
 */
export function refuseBrowsers(handle: Handle, alsoNamed: readonly string[] = []): Handle {
  return async (request) => (fromBrowser(request, alsoNamed) ? REFUSAL : handle(request))
}

const REFUSAL = transportError(
  403,
  'AccessDeniedException',
  'This development server does not answer web pages or requests for a foreign host name.',
)

/** How every browser begins its `User-Agent`. */
const BROWSER = /^\s*Mozilla\//i

function fromBrowser({ method, headers }: RawRequest, alsoNamed: readonly string[]): boolean {
  if (headers.has('origin') || headers.has('referer')) return true
  const sites = headers.get('sec-fetch-site') ?? []
  if (sites.some((site) => site !== 'none')) return true
  if (method === 'GET' && sites.length === 0 && headers.get('user-agent')?.some((name) => BROWSER.test(name)))
    return true
  const hosts = headers.get('host') ?? []
  return hosts.length !== 1 || !hosts.every((host) => isOwnName(host, alsoNamed))
}

function isOwnName(host: string, alsoNamed: readonly string[]): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  if (name === 'localhost' || alsoNamed.includes(name)) return true
  return isIP(name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name) !== 0
}
