/** What a request line names. */
export interface RequestTarget {
  /** As sent, still percent-encoded, without the query. */
  path: string
  /** What follows the first `?`, as sent. */
  query: string
  /** Of a target in absolute form: it takes the place of the Host header. */
  host?: string
}

/** Without user information, which HTTP forbids to send (RFC 9110, section 4.2.4). */
const ABSOLUTE = /^https?:\/\/([^/?#@]+)(?=[/?]|$)/i

/**
 * Reads a request's target. Servers must accept the absolute form, which clients send to proxies, and then ignore the Host
 * header (RFC 9112, section 3.2.2). Any other form is a path that nothing answers.
 */
export function readTarget(target: string): RequestTarget {
  const [whole = '', host] = ABSOLUTE.exec(target) ?? []
  const rest = target.slice(whole.length)
  const mark = rest.indexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  const query = mark < 0 ? '' : rest.slice(mark + 1)
  return host === undefined ? { path, query } : { path: path || '/', query, host }
}
