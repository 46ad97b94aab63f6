/** The target in a request line. */
export interface RequestTarget {
  /** As sent, still percent-encoded, without the query. */
  path: string
  /** Everything after the first `?`, as sent. */
  query: string
  /** For a target in absolute form: it replaces the Host header. */
  host?: string
}

/** Without user information, which HTTP forbids (RFC 9110, section 4.2.4). */
const ABSOLUTE = /^https?:\/\/([^/?#@]+)(?=[/?]|$)/i

/**
 * Parses a request's target. Servers must accept the absolute form, which clients send to proxies, and then ignore the
 * Host header (RFC 9112, section 3.2.2). Any other form is a path without a handler.
 */
export function readTarget(target: string): RequestTarget {
  const [whole = '', host] = ABSOLUTE.exec(target) ?? []
  const rest = target.slice(whole.length)
  const mark = rest.indexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  const query = mark < 0 ? '' : rest.slice(mark + 1)
  return host === undefined ? { path, query } : { path: path || '/', query, host }
}
