import type { IncomingMessage } from 'node:http'
import { type JsonValue, parseJson } from '@keyhold/protocol'
import { OutboundError } from './outbound-error.ts'

/** The maximum size of a response body, after transfer decoding. */
const MAX_ANSWER_BYTES = 64 * 1024

/** `application/json` and subtypes such as `application/jwk-set+json` (RFC 6839, section 3.1). */
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json$/

/** Returns the JSON of a response of `host`. Throws an {@link OutboundError} that says what is wrong with it. */
export async function jsonAnswer(answer: IncomingMessage, host: string): Promise<JsonValue> {
  try {
    checkHead(answer, host)
    return parse(await readBody(answer, host), host)
  } finally {
    answer.destroy()
  }
}

/** A response of whichever status and type, whole. */
export interface WholeAnswer {
  status: number
  /** Secrets may be in it: the caller wipes it. */
  body: Buffer
}

/** Returns the response of `host` to a POST request. Throws an {@link OutboundError} for a redirect or one that is too large. */
export async function wholeAnswer(answer: IncomingMessage, host: string): Promise<WholeAnswer> {
  try {
    checkDirect(answer, host)
    checkPlain(answer, host)
    return { status: answer.statusCode ?? 0, body: await readBody(answer, host) }
  } finally {
    answer.destroy()
  }
}

function checkHead(answer: IncomingMessage, host: string): void {
  checkDirect(answer, host)
  const { statusCode = 0, headers } = answer
  const { 'content-type': type = '' } = headers
  if (statusCode !== 200) throw new OutboundError('status', `${host} responded with status ${statusCode}.`)
  if (!JSON_TYPE.test(type.replace(/;.*$/s, '').trim().toLowerCase()))
    throw new OutboundError('content-type', `${host} responded with a content type that is not JSON.`)
  checkPlain(answer, host)
}

/** A redirect would lead to a host that is not checked. */
function checkDirect({ statusCode = 0 }: IncomingMessage, host: string): void {
  if (statusCode >= 300 && statusCode < 400) throw new OutboundError('redirect', `${host} responded with a redirect.`)
}

/** A few compressed bytes can expand to gigabytes. */
function checkPlain({ headers }: IncomingMessage, host: string): void {
  const { 'content-encoding': encoding = 'identity' } = headers
  if (encoding.trim().toLowerCase() !== 'identity')
    throw new OutboundError('encoded', `${host} responded with an encoded body.`)
}

async function readBody(answer: IncomingMessage, host: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES)
      throw new OutboundError('too-large', `${host} responded with more than ${MAX_ANSWER_BYTES} bytes.`)
    chunks.push(chunk)
  }
  const whole = Buffer.concat(chunks, size)
  for (const chunk of chunks) chunk.fill(0)
  return whole
}

function parse(body: Uint8Array, host: string): JsonValue {
  try {
    return parseJson(body)
  } catch {
    throw new OutboundError('malformed', `${host} responded with invalid JSON.`)
  }
}
