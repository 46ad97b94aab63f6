import { isIP } from 'node:net'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { HeaderValues } from '../../identity/authentication/headers.ts'
import type { Answer } from '../../execution/request.ts'
import type { Origins } from './origins.ts'
import { transportError } from './transport-error.ts'

/** Which names and web pages a server answers that accepts any credentials. */
interface Welcome {
  /** Host names beside `localhost` and all IP addresses, in small letters. */
  hosts: readonly string[]
  origins: Origins
}

/**
 * Protects a server that accepts any credentials from web pages. Returns the refusal of a request, or `undefined`.
 *
 * A page can reach this machine's ports through its visitor's browser: directly, and the browser then sends `Origin`; or under a
 * domain name that it points to 127.0.0.1 (DNS rebinding), and `Host` is then that name. IP addresses and `localhost`
 * cannot be pointed elsewhere; `hosts` are further names that the operator trusts. A GET of a page, such as for an image, has no `Origin`, but
 * `Sec-Fetch-Site` (W3C Fetch Metadata Request Headers, section 2), which is `none` only for an address that the
 * visitor typed, or a `Referer`. A page can suppress the latter, and browsers omit the former for addresses that they
 * do not trust (section 4), such as 0.0.0.0, [::ffff:7f00:1] or another host name, all of which can lead here. No page
 * can change the browser's `User-Agent` without a check of its origin.
 */
export function browserRefusal(welcome: Welcome): (request: RawRequest) => Answer | undefined {
  return ({ method, headers }) => {
    if (!namesThisServer(headers, welcome.hosts)) return OTHER_NAME
    return welcome.origins.allow(headers) || !fromBrowser(method, headers) ? undefined : OTHER_PAGE
  }
}

const refused = (message: string): Answer => transportError(403, 'AccessDeniedException', message)
const OTHER_NAME = refused(
  'This development server does not answer requests for other host names. Allow them with --allow-host.',
)
const OTHER_PAGE = refused('This development server does not answer web pages. Allow their origin with --allow-origin.')

/** The start of every browser's `User-Agent`. */
const BROWSER = /^\s*Mozilla\//i

function fromBrowser(method: string, headers: HeaderValues): boolean {
  if (headers.has('origin') || headers.has('referer')) return true
  const sites = headers.get('sec-fetch-site') ?? []
  if (sites.some((site) => site !== 'none')) return true
  const isGet = method === 'GET' || method === 'HEAD'
  return isGet && sites.length === 0 && headers.get('user-agent')?.some((name) => BROWSER.test(name)) === true
}

function namesThisServer(headers: HeaderValues, alsoNamed: readonly string[]): boolean {
  const hosts = headers.get('host') ?? []
  return hosts.length === 1 && hosts.every((host) => isOwnName(host, alsoNamed))
}

function isOwnName(host: string, alsoNamed: readonly string[]): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  if (name === 'localhost' || alsoNamed.includes(name)) return true
  return isIP(name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name) !== 0
}

/** A list of host names that cannot be allowed. */
class HostNameError extends Error {
  override readonly name = 'HostNameError'
}

/** A name of DNS, or one of a container, which may have an underscore (RFC 1123, section 2.1). */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*$/

/** Returns host names in small letters. Throws a {@link HostNameError} for the first that is none, such as one with a port. */
export function hostNames(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const name = text.toLowerCase()
    if (HOST_NAME.test(name)) return name
    throw new HostNameError(
      `'${text}' is not a host name. Write it without scheme and port, such as keyhold or host.docker.internal.`,
    )
  })
}
