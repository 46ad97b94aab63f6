import { TransportError } from '../kms/transport.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../kms/transport.ts'
import { concat } from '../base/bytes.ts'

const MAX_ANSWER_BYTES = 2 ** 20
/** For one attempt, from looking the host up to the last byte of the answer. */
const DEFAULT_TIMEOUT_MS = 10_000

/** HTTP by fetch. Cookies are not sent, nothing is cached, and a redirect is an error. */
export class FetchTransport implements Transport {
  readonly #timeoutMs: number

  constructor(timeoutMs = DEFAULT_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs
  }

  async post(request: HttpRequest): Promise<HttpAnswer> {
    const { url } = request
    const timeout = AbortSignal.timeout(this.#timeoutMs)
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
    try {
      return await exchange(request, signal)
    } catch (cause) {
      request.signal?.throwIfAborted()
      if (cause instanceof TransportError) throw cause
      if (timeout.aborted) {
        throw new TransportError('TIMEOUT', `${url.host} did not answer an attempt within ${this.#timeoutMs} ms.`)
      }
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `${url.host} cannot be reached, or does not allow this page to (CORS): ${why}`
      throw new TransportError('UNREACHABLE', message, { cause })
    }
  }
}

async function exchange({ url, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  // The browser sets these itself, and no page may.
  const { host: _host, 'user-agent': _agent, ...sent } = headers
  const response = await fetch(url, {
    method: 'POST',
    headers: sent,
    body: body as Uint8Array<ArrayBuffer>,
    signal,
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
  })
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await answerOf(response, url) }
}

/** In memory of its own, which the caller wipes. The pieces of it are wiped here. */
async function answerOf(response: Response, { host }: URL): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader()
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      const chunk: Uint8Array = next.value
      chunks.push(chunk)
      length += chunk.length
      if (length <= MAX_ANSWER_BYTES) continue
      await reader?.cancel()
      throw new TransportError('MALFORMED_ANSWER', `${host} answered with more than ${MAX_ANSWER_BYTES} bytes.`)
    }
    return concat(chunks)
  } finally {
    for (const chunk of chunks) chunk.fill(0)
  }
}
