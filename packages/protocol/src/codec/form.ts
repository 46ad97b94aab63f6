import type { ServiceError } from '../errors.ts'
import { queryError } from '../query-errors.ts'

/** The parameters of a form, by name. A Map, so that `__proto__` and `constructor` are names like any other. */
export type Form = ReadonlyMap<string, string>

/** How many parameters a form may have. The largest requests of IAM list some hundred tags, actions and resources. */
const MAX_PARAMETERS = 1000

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The text of a form's body, of which nothing is read yet.
 *
 * @throws ServiceError MalformedQueryString for ill-formed UTF-8.
 */
export function formText(body: Uint8Array): string {
  try {
    return decoder.decode(body)
  } catch {
    throw malformed('is not well-formed UTF-8')
  }
}

/**
 * The first parameter of that name, in the spelling that has no escapes, without a look at the others: it costs a hundredth
 * of {@link parseForm}, so that a request can be refused for what it asks before it is read.
 *
 * @throws ServiceError MalformedQueryString for a value that is not well-formed.
 */
export function parameterOf(text: string, name: string): string | undefined {
  const begin = `${name}=`
  const start = text.startsWith(begin) ? 0 : text.indexOf(`&${begin}`) + 1
  if (start === 0 && !text.startsWith(begin)) return undefined
  return unescaped(text.slice(start + begin.length, endOf(text, start)))
}

/**
 * Reads the text of an `application/x-www-form-urlencoded` body (WHATWG URL Standard, section 5.1) more strictly than browsers do,
 * so that two readers can never understand one body differently: duplicate names, percent signs that encode nothing,
 * and ill-formed UTF-8 are refused, the last also where it is percent-encoded.
 *
 * There is no parser of XML anywhere: only answers are XML. A body that is XML is a form without an Action, and no
 * entity in it is ever looked at.
 *
 * @throws ServiceError MalformedQueryString, which never quotes the form: it may hold secrets.
 */
export function parseForm(text: string): Form {
  const form = new Map<string, string>()
  let start = 0
  for (let count = 0; start <= text.length; count++) {
    if (count === MAX_PARAMETERS) throw malformed(`has more than ${MAX_PARAMETERS} parameters`)
    const end = endOf(text, start)
    if (end > start) addParameter(form, text.slice(start, end)) // an empty one says nothing
    start = end + 1
  }
  return form
}

/**
 * Whether a query has no more parameters than {@link parseForm} takes, and no percent signs that encode nothing. Found in one
 * pass, with one exception at most: later, each part that cannot be decoded would cost one, in all some 100 ms of 16 KiB.
 */
export function isReadableQuery(query: string): boolean {
  if (query.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS) return false
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}

function endOf(text: string, start: number): number {
  const end = text.indexOf('&', start)
  return end < 0 ? text.length : end
}

function addParameter(form: Map<string, string>, parameter: string): void {
  const equals = parameter.indexOf('=')
  const name = unescaped(equals < 0 ? parameter : parameter.slice(0, equals))
  if (form.has(name)) throw malformed('names a parameter twice')
  form.set(name, equals < 0 ? '' : unescaped(parameter.slice(equals + 1)))
}

/** The platform's decoder refuses what is no escape, and escaped bytes that are not well-formed UTF-8. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed('has an invalid percent-encoding') // without the cause, which may quote the text
  }
}

function malformed(what: string): ServiceError {
  return queryError('MalformedQueryString', `The form of the request ${what}.`)
}
