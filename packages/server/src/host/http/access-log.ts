import type { Answer } from '../../execution/request.ts'
import { firstValue } from '../../identity/authentication/headers.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Clock } from '../../platform/clock.ts'
import { plainFields } from '../../platform/log/event.ts'
import { isoTime, oneLine, pairs } from '../../platform/log/formats.ts'
import type { Handle } from './exchange.ts'
import type { Refusal } from './refusal.ts'

interface AccessLogOptions {
  /** Takes lines, and never blocks, throws or waits. */
  file: { write(line: string): void }
  format: 'json' | 'logfmt'
  /** Real time, even if that of a development server does not advance. */
  clock: Clock
}

/** One line. Nothing in it lets a reader act: no signature, token, query, body or header but the user agent. */
interface Access {
  requestId: string
  sourceIp: string
  secure?: boolean
  method?: string
  service?: string
  operation?: string
  /** Absent where the connection was closed without an answer. */
  status?: number
  /** The code of the error. Absent for a success. */
  error?: string | undefined
  /** The ARN of the caller. Absent before authentication. */
  principal?: string | undefined
  /** From the arrival of the whole request until its answer was ready. */
  durationMs?: number
  /** Of the request's body, and of the answer's. */
  bytesIn?: number
  bytesOut?: number
  userAgent?: string | undefined
  /** The client was gone before its answer was ready. */
  gone?: true
}

const MAX_USER_AGENT = 256
const METHOD = /^[A-Z]{1,16}$/

/** One line for each request, of strangers too, and for each connection or request that the listener refused. */
export class AccessLog {
  readonly #options: AccessLogOptions

  constructor(options: AccessLogOptions) {
    this.#options = options
  }

  /** The handler, with a line for each request that it answers. */
  logged(handle: Handle): Handle {
    return async (request) => {
      const startedMs = this.#options.clock.monotonic()
      const bytesIn = request.body.byteLength // the body is wiped after the answer, and its length with it
      const log = (answer?: Answer): void => {
        const durationMs = round(this.#options.clock.monotonic() - startedMs)
        this.#write({ ...asked(request), ...answered(answer), durationMs, bytesIn, ...sentBy(request) })
      }
      try {
        const answer = await handle(request)
        log(answer)
        return answer
      } catch (error) {
        log()
        throw error
      }
    }
  }

  /** What the listener refused by itself. */
  refused({ code, requestId, sourceIp }: Refusal): void {
    this.#write({ requestId, sourceIp, error: code })
  }

  #write(access: Access): void {
    const { clock, format, file } = this.#options
    const fields = { time: isoTime(clock.now()), ...plainFields({ ...access }) }
    file.write(`${format === 'json' ? oneLine(JSON.stringify(fields)) : pairs(fields)}\n`)
  }
}

function asked({ requestId, sourceIp, secure, method }: RawRequest): Access {
  return { requestId, sourceIp, secure, method: METHOD.test(method) ? method : '?' }
}

/** Without an answer the handler failed, and the client gets status 500. */
function answered(answer: Answer | undefined): Partial<Access> {
  if (answer === undefined) return { status: 500, error: 'KMSInternalException' }
  const { status, body, outcome, about } = answer
  const { service, operation } = outcome ?? {}
  return {
    ...(answer.requestId !== undefined && { requestId: answer.requestId }),
    ...(service !== undefined && { service }),
    ...(operation !== undefined && { operation }),
    status,
    error: about?.error,
    principal: about?.principal,
    bytesOut: body.bytes.byteLength,
  }
}

function sentBy({ headers, isGone }: RawRequest): Partial<Access> {
  return {
    userAgent: firstValue(headers, 'user-agent')?.slice(0, MAX_USER_AGENT),
    ...(isGone?.() === true && { gone: true as const }),
  }
}

/** To microseconds. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
