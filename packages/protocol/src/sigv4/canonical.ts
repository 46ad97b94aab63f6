/** Headers by lower-case name; a header that was sent several times has several values. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a signature covers. */
export interface CanonicalParts {
  method: string
  /** The path as in the request line, percent-encoded once. */
  path: string
  /** The query as in the request line, without the question mark. */
  query: string
  headers: Headers
  /** Lower-case names, in the order in which the signer listed them. */
  signedHeaders: readonly string[]
  /** Lower-case hex of the SHA-256 of the body. */
  payloadHash: string
}

/** The canonical request (AWS IAM User Guide, "Create a signed AWS API request", step 1), as every service but S3 wants it. */
export function canonicalRequest(parts: CanonicalParts): string {
  const { method, path, query, headers, signedHeaders, payloadHash } = parts
  const lines = signedHeaders.map((name) => `${name}:${canonicalHeader(headers, name)}\n`)
  return `${method}\n${canonicalPath(path)}\n${canonicalQuery(query)}\n${lines.join('')}\n${signedHeaders.join(';')}\n${payloadHash}`
}

/** White space that canonicalisation changes. */
const UNCANONICAL = /^ | $|[\t\r\n]| {2}/

/** Values trimmed, runs of white space made one space, several values joined. A header that is absent counts as empty. */
function canonicalHeader(headers: Headers, name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (value === undefined) return ''
  return typeof value === 'string' ? canonicalValue(value) : value.map(canonicalValue).join(',')
}

function canonicalValue(value: string): string {
  if (!UNCANONICAL.test(value)) return value
  return value.replaceAll(/[ \t\r\n]+/g, ' ').replaceAll(/^ | $/g, '') // trim() would take Unicode spaces, too
}

/** Dot segments and empty segments removed (RFC 3986, section 5.2.4), then percent-encoded once more. */
function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/'
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(encode(segment))
  }
  const trailing = segments.length > 0 && /\/\.{0,2}$/.test(path) ? '/' : ''
  return `/${segments.join('/')}${trailing}`
}

/** Every parameter encoded in the one canonical way and sorted, by name and then by value. */
function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .filter((parameter) => parameter !== '')
    .map(canonicalParameter)
    .toSorted(([a, b], [c, d]) => compare(a, c) || compare(b, d))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function canonicalParameter(parameter: string): [name: string, value: string] {
  const equals = parameter.indexOf('=')
  if (equals < 0) return [recode(parameter), '']
  return [recode(parameter.slice(0, equals)), recode(parameter.slice(equals + 1))]
}

/** Encoded text is ASCII, so that the order of code units is the order of code points. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The canonical encoding of text that is already percent-encoded in some way. A plus sign is a space, as it is to who reads the query
 * as a form: were it a plus sign here, one could be put in place of `%2B` and the signature would still be right.
 */
function recode(text: string): string {
  if (UNRESERVED.test(text)) return text
  try {
    return encode(decodeURIComponent(text.replaceAll('+', ' ')))
  } catch {
    return encode(text) // not a percent-encoding: the character itself
  }
}

/** The characters of RFC 3986, section 2.3: almost all text of a query is of these alone, and encoded as it is. */
const UNRESERVED = /^[A-Za-z0-9\-._~]*$/

/** Percent-encodes all but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
