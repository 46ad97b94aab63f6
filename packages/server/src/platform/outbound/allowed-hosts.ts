/** A host that the operator lets the server call. */
export interface AllowedHost {
  /** `issuer.example.com`, or with a port that is not 443: `issuer.example.com:8443`. Nothing else matches. */
  host: string
  /** Lets the host have an address of this machine or of a private network. */
  internal?: boolean | undefined
  /** Certificates in PEM that are trusted for this host, instead of the public authorities. Read for each call. */
  caFile?: string | undefined
}

/** Finds what the operator said of the host that a URL names, if anything. */
export type FindHost = (url: URL) => AllowedHost | undefined

/** Throws a TypeError, whose sentence is for the operator, when a host is misspelled or described in two ways. */
export function allowedHosts(hosts: readonly AllowedHost[]): FindHost {
  const byName = new Map<string, AllowedHost>()
  for (const host of hosts) {
    const name = canonicalName(host.host)
    const other = byName.get(name)
    if (other !== undefined && !isSame(host, other)) throw new TypeError(`the host ${name} is described in two ways`)
    byName.set(name, host)
  }
  return (url) => byName.get(url.host)
}

/** As URLs spell it: in lower case, without the port that goes without saying. */
function canonicalName(host: string): string {
  const url = URL.parse(`https://${host}`)
  const isHostOnly = url !== null && url.href === `${url.origin}/` && !/[/?#@\\\s]/.test(host)
  if (!isHostOnly) throw new TypeError(`${JSON.stringify(host)} is no host[:port]`)
  return url.host
}

function isSame(one: AllowedHost, other: AllowedHost): boolean {
  return (one.internal ?? false) === (other.internal ?? false) && one.caFile === other.caFile
}
