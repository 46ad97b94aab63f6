/** The names in a certificate's subjectAltName, as X509Certificate shows it: `DNS:a.example, IP Address:10.0.0.1`. */
export function namesOf(subjectAltName = ''): string[] {
  // Names with characters that could be mistaken are shown in quotes. No host has such a name.
  return [...subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address):([^,"]+)(?=, |$)/g)].map(([, name = '']) =>
    name.toLowerCase(),
  )
}

/**
 * Finds what belongs to a server name: that of a certificate with exactly this name, or else of one with `*` in the place of its
 * first label (RFC 9525, section 6.3). Of several, the first.
 */
export class ByName<T> {
  readonly #exact = new Map<string, T>()

  constructor(entries: readonly { names: readonly string[]; value: T }[]) {
    for (const { names, value } of entries) {
      for (const name of names) if (!this.#exact.has(name)) this.#exact.set(name, value)
    }
  }

  find(serverName: string): T | undefined {
    const name = serverName.toLowerCase()
    const parent = name.indexOf('.')
    return this.#exact.get(name) ?? (parent > 0 ? this.#exact.get(`*${name.slice(parent)}`) : undefined)
  }
}
