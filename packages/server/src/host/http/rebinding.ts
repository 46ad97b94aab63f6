import { isIP } from 'node:net'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Handle } from './exchange.ts'
import { transportError } from './transport-error.ts'

/**
 * Protects a server that accepts any credentials from web pages. A page can reach this machine's ports through its
 * visitor's browser: directly, and the browser then sends `Origin`; or under a domain name that it points to 127.0.0.1
 * (DNS rebinding), and `Host` is then that name. IP addresses and `localhost` cannot be pointed elsewhere; `alsoNamed`
 * are further names that the operator trusts. A GET of a page, such as for an image, has no `Origin`, but
 * `Sec-Fetch-Site` (W3C Fetch Metadata Request Headers, section 2), which is `none` only for an address that the
 * visitor typed, or a `Referer`. A page can suppress the latter, and browsers omit the former for addresses that they
 * do not trust (section 4), such as 0.0.0.0, [::ffff:7f00:1] or another host name, all of which can lead here. No page
 * can change the browser's `User-Agent` without a check of its origin.
 */
export function refuseBrowsers(handle: Handle, alsoNamed: readonly string[] = []): Handle {
  return async (request) => (fromBrowser(request, alsoNamed) ? REFUSAL : handle(request))
}

const REFUSAL = transportError(
  403,
  'AccessDeniedException',
  'This development server does not answer web pages or requests for other host names.',
)

/** The start of every browser's `User-Agent`. */
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
