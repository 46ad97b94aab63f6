import type { IncomingMessage } from 'node:http'
import type { JsonValue } from '@keyhold/protocol'
import { readSmallFile } from '../small-file.ts'
import { type AllowedHost, allowedHosts, type FindHost } from './allowed-hosts.ts'
import { exchange, type PostedRequest } from './exchange.ts'
import { jsonAnswer, type WholeAnswer, wholeAnswer } from './json-answer.ts'
import { OutboundError } from './outbound-error.ts'
import { checkedAddresses, type Resolve, systemResolve } from './resolve.ts'

/** Makes all outbound calls of the server. Only hosts that the operator configured can be called. */
export interface Outbound {
  /** Gets a JSON document by HTTPS. Every failure is an {@link OutboundError}. */
  getJson(url: string, options?: { signal?: AbortSignal }): Promise<JsonValue>
}

/** What can send a request with a body, too. */
export interface OutboundCaller extends Outbound {
  /** Sends a POST request by HTTPS, and resolves with the response of any status but a redirect. Fails likewise. */
  post(url: string, request: PostedRequest, options?: { signal?: AbortSignal }): Promise<WholeAnswer>
}

/** The allowed hosts and limits of outbound calls. */
export interface OutboundOptions {
  allowedHosts: readonly AllowedHost[]
  /** By default, the operating system's resolver. */
  resolve?: Resolve
  /** The limit for the whole call, from the DNS lookup to the last byte. */
  timeoutMs?: number
  /** Further calls are refused, not queued: a queue would only add waiting time. */
  maxConcurrent?: number
}

const TIMEOUT_MS = 2000
const MAX_CONCURRENT = 8
const MAX_CA_FILE_BYTES = 1024 * 1024
/** The length of the longest DNS name with a port. */
const MAX_HOST_LENGTH = 260

/** Creates the outbound caller. Throws a TypeError for an invalid host configuration. */
export function createOutbound(options: OutboundOptions): OutboundCaller {
  const { resolve = systemResolve, timeoutMs = TIMEOUT_MS, maxConcurrent = MAX_CONCURRENT } = options
  const findHost = allowedHosts(options.allowedHosts)
  let running = 0

  return {
    getJson: (text, options) => limited(text, undefined, jsonAnswer, options),
    post: (text, request, options) => limited(text, request, wholeAnswer, options),
  }

  async function limited<T>(
    text: string,
    post: PostedRequest | undefined,
    read: Read<T>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T> {
    const target = checkedTarget(text, findHost)
    if (running >= maxConcurrent) throw new OutboundError('busy', 'Too many outbound calls are in progress.')
    running += 1
    // Uses the machine's time, not the Clock: other machines do not wait for a clock that is moved by hand.
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      const ends = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
      return await read(await call(target, resolve, ends, post), target.url.host)
    } catch (error) {
      throw failure(error, target.url, { signal, deadline, timeoutMs })
    } finally {
      running -= 1
    }
  }
}

/** Reads a response whole. */
type Read<T> = (answer: IncomingMessage, host: string) => Promise<T>

interface Target {
  url: URL
  host: AllowedHost
}

function checkedTarget(text: string, findHost: FindHost): Target {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:') throw new OutboundError('invalid-url', 'Only https: URLs can be called.')
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('invalid-url', 'A URL must not contain credentials.')
  const host = findHost(url)
  if (host !== undefined) return { url, host }
  // A parsed host contains only characters of a name, and can be shown.
  const name = url.host.slice(0, MAX_HOST_LENGTH)
  throw new OutboundError('host-not-allowed', `The host ${name} is not an allowed host.`)
}

async function call(
  { url, host }: Target,
  resolve: Resolve,
  signal: AbortSignal,
  post: PostedRequest | undefined,
): Promise<IncomingMessage> {
  const authorities = await unlessAborted(signal, readAuthorities(host))
  const addresses = await unlessAborted(signal, checkedAddresses(url, host, resolve))
  return await exchange({ url, addresses, authorities, signal, post })
}

/** Refuses a file without a certificate, because Node would then trust the public authorities again. */
async function readAuthorities({ host, caFile }: AllowedHost): Promise<string | undefined> {
  if (caFile === undefined) return undefined
  const text = await readSmallFile(caFile, MAX_CA_FILE_BYTES).then(
    (bytes) => Buffer.from(bytes).toString('latin1'),
    () => '',
  )
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new OutboundError(
    'ca-file',
    `The certificate file for ${host} cannot be read, or contains no certificate: ${caFile}`,
  )
}

/** Settles like `work`, or rejects as soon as `signal` aborts. File reads and DNS lookups cannot be cancelled. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(new Error('aborted'))
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

interface Limits {
  signal: AbortSignal | undefined
  deadline: AbortSignal
  timeoutMs: number
}

/** An error without an error code of Node or OpenSSL is not a network error but a bug, and is passed on unchanged. */
function failure(error: unknown, { host }: URL, { signal, deadline, timeoutMs }: Limits): unknown {
  if (error instanceof OutboundError) return error
  if (signal?.aborted) return new OutboundError('aborted', `The call to ${host} was cancelled.`)
  if (deadline.aborted) return new OutboundError('timeout', `${host} did not respond within ${timeoutMs} ms.`)
  const name = nameOf(error)
  return name === undefined ? error : new OutboundError('unreachable', `${host} cannot be reached: ${name}.`)
}

/**
 * Returns a code such as ECONNREFUSED or CERT_HAS_EXPIRED. Never returns the error's text, which can quote the other
 * side.
 */
function nameOf(error: unknown): string | undefined {
  const code = Error.isError(error) && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : undefined
}
