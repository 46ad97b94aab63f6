import type { JsonValue } from '@keyhold/protocol'
import { readSmallFile } from '../small-file.ts'
import { type AllowedHost, allowedHosts, type FindHost } from './allowed-hosts.ts'
import { exchange } from './exchange.ts'
import { jsonAnswer } from './json-answer.ts'
import { OutboundError } from './outbound-error.ts'
import { checkedAddresses, type Resolve, systemResolve } from './resolve.ts'

/** The one way out of the server: to hosts that the operator named, and to nothing else. */
export interface Outbound {
  /** Gets a JSON document by HTTPS. Everything that fails is an {@link OutboundError}. */
  getJson(url: string, options?: { signal?: AbortSignal }): Promise<JsonValue>
}

export interface OutboundOptions {
  allowedHosts: readonly AllowedHost[]
  /** By default the operating system's. */
  resolve?: Resolve
  /** For everything from the look-up to the last byte. */
  timeoutMs?: number
  /** Further calls are refused, not queued: a queue would only move the wait. */
  maxConcurrent?: number
}

const TIMEOUT_MS = 2000
const MAX_CONCURRENT = 8
const MAX_CA_FILE_BYTES = 1024 * 1024
/** The longest name that DNS knows, and a port. */
const MAX_HOST_LENGTH = 260

/** Throws a TypeError for hosts that cannot be meant. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { resolve = systemResolve, timeoutMs = TIMEOUT_MS, maxConcurrent = MAX_CONCURRENT } = options
  const findHost = allowedHosts(options.allowedHosts)
  let running = 0

  return {
    async getJson(text, { signal } = {}) {
      const target = checkedTarget(text, findHost)
      if (running >= maxConcurrent) throw new OutboundError('busy', 'Too many outbound calls are under way.')
      running += 1
      // By the machine's time and not by the Clock: others' machines do not wait for a clock that somebody moves.
      const deadline = AbortSignal.timeout(timeoutMs)
      try {
        return await call(target, resolve, signal === undefined ? deadline : AbortSignal.any([deadline, signal]))
      } catch (error) {
        throw failure(error, target.url, { signal, deadline, timeoutMs })
      } finally {
        running -= 1
      }
    },
  }
}

interface Target {
  url: URL
  host: AllowedHost
}

function checkedTarget(text: string, findHost: FindHost): Target {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:') throw new OutboundError('invalid-url', 'Only https: URLs are called.')
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('invalid-url', 'A URL that is called has no credentials in it.')
  const host = findHost(url)
  if (host !== undefined) return { url, host }
  // A parsed host has lost whatever is no part of a name, and may be shown.
  const name = url.host.slice(0, MAX_HOST_LENGTH)
  throw new OutboundError('host-not-allowed', `The host ${name} is not among those that may be called.`)
}

async function call({ url, host }: Target, resolve: Resolve, signal: AbortSignal): Promise<JsonValue> {
  const authorities = await unlessAborted(signal, readAuthorities(host))
  const addresses = await unlessAborted(signal, checkedAddresses(url, host, resolve))
  const answer = await exchange({ url, addresses, authorities, signal })
  return await jsonAnswer(answer, url.host)
}

/** A file without a certificate would make Node trust the public authorities again: it is refused. */
async function readAuthorities({ host, caFile }: AllowedHost): Promise<string | undefined> {
  if (caFile === undefined) return undefined
  const text = await readSmallFile(caFile, MAX_CA_FILE_BYTES).then(
    (bytes) => Buffer.from(bytes).toString('latin1'),
    () => '',
  )
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new OutboundError('ca-file', `The file of certificates for ${host} cannot be read, or has none: ${caFile}`)
}

/** What `work` comes to, or a rejection as soon as `signal` aborts: files and name servers cannot be called off. */
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

/** An error that has no name of Node's or OpenSSL's is none of the network: a bug, which stays what it is. */
function failure(error: unknown, { host }: URL, { signal, deadline, timeoutMs }: Limits): unknown {
  if (error instanceof OutboundError) return error
  if (signal?.aborted) return new OutboundError('aborted', `The call of ${host} was called off.`)
  if (deadline.aborted) return new OutboundError('timeout', `${host} did not answer within ${timeoutMs} ms.`)
  const name = nameOf(error)
  return name === undefined ? error : new OutboundError('unreachable', `${host} cannot be reached: ${name}.`)
}

/** ECONNREFUSED or CERT_HAS_EXPIRED; never the error's text, which may quote the other side. */
function nameOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : undefined
}
