import { firstValue, type HeaderValues } from '../../identity/authentication/headers.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'

/** An origin that cannot be allowed. The message says which, and why. */
class OriginError extends Error {
  override readonly name = 'OriginError'
}

/** A list of applications that is longer than any team has. */
const MAX_ORIGINS = 1000

/** As a browser sends it: scheme, host and port, in small letters (RFC 6454, section 6.2). */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,"\\*]+$/

/** What SDKs of AWS, signers and tracers add to a request. A page can send no other header than these and those of a form. */
const REQUEST_HEADERS = /^(?:authorization|content-type|amz-sdk-.+|x-amz-.+|x-amzn-.+|traceparent|tracestate|baggage)$/

/** What a page can read of an answer, beside its body: SDKs report the request id, and set their clock by the date. */
const EXPOSED = 'x-amzn-RequestId, Date'

/** How long a browser can remember the answer to a preflight, so that it soon learns that an origin is allowed no more. */
const PREFLIGHT_SECONDS = '600'

/**
 * The web pages that can call this server: CORS (Fetch Standard, section 3.2). Pages of other origins get none of these headers,
 * so that their browser shows them nothing. Credentials are signatures in headers: cookies and TLS certificates are never asked for.
 */
export class Origins {
  #allowed: ReadonlySet<string>

  private constructor(allowed: ReadonlySet<string>) {
    this.#allowed = allowed
  }

  /** Throws an {@link OriginError} for the first text that is no origin, and for those that mean any. */
  static of(texts: readonly string[]): Origins {
    if (texts.length > MAX_ORIGINS) throw new OriginError(`At most ${MAX_ORIGINS} origins can be allowed.`)
    for (const text of texts) requireOrigin(text)
    return new Origins(new Set(texts))
  }

  /** Allows these instead, from the next request on. Throws as {@link Origins.of}, and then allows those of before. */
  replace(texts: readonly string[]): void {
    this.#allowed = Origins.of(texts).#allowed
  }

  /** Whether a request says that it comes from a page of an allowed origin. Programs can say so, too. */
  allow(headers: HeaderValues): boolean {
    const origins = headers.get('origin') ?? []
    return origins.length === 1 && origins.every((origin) => this.#allowed.has(origin))
  }

  /** Whether a browser asks if a page can send a request. Not for a page of another origin. */
  isPreflight({ method, headers }: Pick<RawRequest, 'method' | 'headers'>): boolean {
    return method === 'OPTIONS' && headers.has('access-control-request-method') && this.allow(headers)
  }

  /** The headers that an answer gets beside its own, as a flat list of names and values. */
  headersFor({ method = '', headers }: { method: string | undefined; headers: HeaderValues }): readonly string[] {
    if (this.#allowed.size === 0) return []
    // For caches, also in an answer to others: to this origin it would have been another.
    if (!this.allow(headers)) return ['Vary', 'Origin']
    const allowed = ['Access-Control-Allow-Origin', firstValue(headers, 'origin') ?? '']
    if (this.isPreflight({ method, headers })) return [...allowed, ...preflightHeaders(headers)]
    return [...allowed, 'Access-Control-Expose-Headers', EXPOSED, 'Vary', 'Origin']
  }
}

const PRIVATE_NETWORK = 'access-control-request-private-network'

function preflightHeaders(headers: HeaderValues): string[] {
  const asked = (headers.get('access-control-request-headers') ?? []).flatMap((value) => value.split(','))
  const permitted = asked.map((name) => name.trim().toLowerCase()).filter((name) => REQUEST_HEADERS.test(name))
  return [
    'Access-Control-Allow-Methods',
    'GET, HEAD, POST',
    ...(permitted.length > 0 ? ['Access-Control-Allow-Headers', permitted.join(', ')] : []),
    // A page of a public site that calls a server of a private network (Private Network Access, section 3.2).
    ...(firstValue(headers, PRIVATE_NETWORK) === 'true' ? ['Access-Control-Allow-Private-Network', 'true'] : []),
    'Access-Control-Max-Age',
    PREFLIGHT_SECONDS,
    'Vary',
    `Origin, Access-Control-Request-Method, Access-Control-Request-Headers, ${PRIVATE_NETWORK}`,
  ]
}

function requireOrigin(text: string): void {
  if (text === '*' || text === 'null')
    throw new OriginError(`'${text}' cannot be allowed: any page could call this server. Name each origin.`)
  if (!ORIGIN.test(text))
    throw new OriginError(`'${text}' is not an origin. Write it as browsers do, such as https://app.example:8443.`)
  const sent = /^https?:/.test(text) ? URL.parse(text)?.origin : text
  if (sent === undefined) throw new OriginError(`'${text}' is not an origin.`)
  if (sent !== text) throw new OriginError(`'${text}' is not an origin as browsers send it, which is '${sent}'.`)
}
