/** A host that the operator allows the server to call. */
export interface AllowedHost {
  /** `issuer.example.com`, or with a port other than 443: `issuer.example.com:8443`. Matches exactly. */
  host: string
  /** Allows the host to have an address of this machine or of a private network. */
  internal?: boolean | undefined
  /**
   * A file of PEM certificates that are trusted for this host, instead of the public authorities. Read for each call.
   */
  caFile?: string | undefined
}

/** Returns the configuration of the host in a URL, or `undefined` if the host is not allowed. */
export type FindHost = (url: URL) => AllowedHost | undefined

/**
 * Builds the lookup. Throws a TypeError with a message for the operator if a host is invalid or has two different
 * entries.
 */
export function allowedHosts(hosts: readonly AllowedHost[]): FindHost {
  const byName = new Map<string, AllowedHost>()
  for (const host of hosts) {
    const name = canonicalName(host.host)
    const other = byName.get(name)
    if (other !== undefined && !isSame(host, other)) throw new TypeError(`the host ${name} has two different entries`)
    byName.set(name, host)
  }
  return (url) => byName.get(url.host)
}

/** The host as URLs have it: in lower case, without the default port. */
function canonicalName(host: string): string {
  const url = URL.parse(`https://${host}`)
  const isHostOnly = url !== null && url.href === `${url.origin}/` && !/[/?#@\\\s]/.test(host)
  if (!isHostOnly) throw new TypeError(`${JSON.stringify(host)} is no host[:port]`)
  return url.host
}

function isSame(one: AllowedHost, other: AllowedHost): boolean {
  return (one.internal ?? false) === (other.internal ?? false) && one.caFile === other.caFile
}
