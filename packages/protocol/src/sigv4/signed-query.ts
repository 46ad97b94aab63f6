import { isReadableQuery } from '../codec/form.ts'
import { serviceError } from '../errors.ts'

/** A query with a signature in it, as presigned URLs have, read before anything in it is verified. */
export interface SignedQuery {
  /** Every parameter whose name begins with `x-amz-`, by its name in lower case. */
  readonly parameters: ReadonlyMap<string, string>
  /** The name of a parameter that comes twice; which of the two counts is undefined. */
  readonly repeated: string | undefined
  /**
   * What the signature may cover: all but the signature. Some signers add the session token after they have signed, so that
   * beside the whole there may be one without the token.
   */
  readonly covered: readonly string[]
  /** What is asked for: all but those parameters, as sent. */
  readonly rest: string
}

const SIGNATURE = 'x-amz-signature'
const TOKEN = 'x-amz-security-token'
const PREFIX = 'x-amz-'

/** The parameters of a signature (AWS IAM User Guide, "Authentication methods", query parameters), in lower case. */
const CREDENTIALS: readonly string[] = [
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  SIGNATURE,
  TOKEN,
]

/**
 * Reads a query that has any parameter of a signature; `undefined` for others. Names are compared without regard to case and as they
 * are once decoded, so that no spelling of one is overlooked.
 *
 * @throws ServiceError IncompleteSignatureException for one that is no form: it takes long to read, and no signer writes it.
 */
export function readSignedQuery(query: string): SignedQuery | undefined {
  if (query === '') return undefined
  if (!isReadableQuery(query)) throw serviceError('IncompleteSignatureException', UNREADABLE)
  const parameters = new Map<string, string>()
  const unsigned: string[] = []
  const rest: string[] = []
  let repeated: string | undefined
  for (const text of query.split('&')) {
    const equals = text.indexOf('=')
    const name = decoded(equals < 0 ? text : text.slice(0, equals)).toLowerCase()
    if (name !== SIGNATURE) unsigned.push(text)
    if (!name.startsWith(PREFIX)) rest.push(text)
    else if (parameters.has(name)) repeated ??= name
    else parameters.set(name, equals < 0 ? '' : decoded(text.slice(equals + 1)))
  }
  if (!CREDENTIALS.some((name) => parameters.has(name))) return undefined
  return { parameters, repeated, covered: coveredBy(unsigned, parameters), rest: rest.join('&') }
}

function coveredBy(unsigned: readonly string[], parameters: ReadonlyMap<string, string>): string[] {
  const whole = unsigned.join('&')
  if (!parameters.has(TOKEN)) return [whole]
  return [whole, unsigned.filter((text) => decoded(text.split('=', 1)[0] ?? '').toLowerCase() !== TOKEN).join('&')]
}

const UNREADABLE = 'The query string has an invalid percent-encoding, or more than 1000 parameters.'
const ENCODED = /[%+]/

/** As {@link canonicalRequest} reads it. */
function decoded(text: string): string {
  return ENCODED.test(text) ? decodeURIComponent(text.replaceAll('+', ' ')) : text
}
