import type { IncomingMessage } from 'node:http'
import type { Answer } from '../../execution/request.ts'
import type { HttpLimits } from './limits.ts'
import type { RefusalCode } from './refusal.ts'
import { transportError } from './transport-error.ts'

/** The response to a request that has not arrived completely. */
export interface Refused {
  code: RefusalCode
  answer: Answer
}

export const refusedAs = (status: number, code: RefusalCode, message: string): Refused => ({
  code,
  answer: transportError(status, code, message),
})

export const LARGE_BODY = refusedAs(413, 'RequestEntityTooLargeException', 'The request is too large.')
const MANY_HEADERS = refusedAs(431, 'RequestHeaderFieldsTooLargeException', 'The request has too many headers.')

const NO_HOST = refusedAs(400, 'BadRequestException', 'The request has no Host header.')
/** RFC 9112, section 3.2: a server MUST answer 400 to more than one Host header, as to none. */
const SEVERAL_HOSTS = refusedAs(400, 'BadRequestException', 'The request has more than one Host header.')

/** What is wrong with the headers. HTTP/1.1 requires a Host, even with a target in absolute form (RFC 9112, section 3.2). */
export function faultOfHeaders(
  request: IncomingMessage,
  { headers }: Pick<HttpLimits, 'headers'>,
): Refused | undefined {
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0)
  if (names.length > headers) return MANY_HEADERS
  const hosts = names.filter((name) => name.toLowerCase() === 'host').length
  if (hosts > 1) return SEVERAL_HOSTS
  return hosts === 0 && request.httpVersion !== '1.0' ? NO_HOST : undefined
}
