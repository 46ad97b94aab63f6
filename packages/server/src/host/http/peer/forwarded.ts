import type { HeaderValues } from '../../../identity/authentication/headers.ts'
import { canonicalAddress } from './address.ts'

/** A hop on the way of a request: an address, and whether the next hop got the request from it over TLS. */
export interface Hop {
  address: string
  secure: boolean
}

/** Says what is wrong with the headers of a trusted proxy. The message is shown to the client. */
export class ForwardedError extends Error {
  override readonly name = 'ForwardedError'
}

/**
 * More hops of one request are refused. Each is at least two characters, and the headers together have 16 KiB, so that the
 * work is bounded before.
 */
const MAX_HOPS = 100

const FORWARDED = 'forwarded'
const FOR = 'x-forwarded-for'
const PROTO = 'x-forwarded-proto'

/**
 * Reads what proxies say of a request: `Forwarded` (RFC 7239), or `X-Forwarded-For` and `X-Forwarded-Proto`. The first hop is the
 * one that the first proxy names, the last one connected to the proxy next to this server. Hops are functions: what is left of
 * the first untrusted hop is that client's own invention, and is never read. Throws a {@link ForwardedError} if both kinds of
 * headers are there: a proxy that writes one kind passes on the other as its client sent it, so one of them can be a lie.
 */
export function hopsOf(headers: HeaderValues): readonly (() => Hop)[] {
  const hasOwn = headers.has(FOR) || headers.has(PROTO)
  if (headers.has(FORWARDED)) {
    if (hasOwn) throw new ForwardedError('Forwarded and X-Forwarded-For or X-Forwarded-Proto are both there.')
    return bounded(readForwarded(headers.get(FORWARDED) ?? []))
  }
  const secure = isSecure(headers)
  return bounded(listOf(headers, FOR)).map((text) => () => ({ address: nodeAddress(text, 'X-Forwarded-For'), secure }))
}

/** Whether a proxy said of the connection before it that it was TLS, without naming who connected. */
export function isSecure(headers: HeaderValues): boolean {
  const schemes = listOf(headers, PROTO).map((text) => text.toLowerCase())
  if (!schemes.every((scheme) => scheme === 'https' || scheme === 'http'))
    throw new ForwardedError('X-Forwarded-Proto is not https or http.')
  // Several proxies have added theirs. It is not known which is whose, so all must agree.
  return schemes.length > 0 && schemes.every((scheme) => scheme === 'https')
}

function bounded<T>(hops: readonly T[]): readonly T[] {
  if (hops.length > MAX_HOPS) throw new ForwardedError(`The request has more than ${MAX_HOPS} hops.`)
  return hops
}

function listOf(headers: HeaderValues, name: string): string[] {
  return (headers.get(name) ?? []).flatMap((value) => value.split(',')).map((text) => text.trim())
}

/** `name=token` or `name="quoted"`, and what ends it. The branches begin differently, so that no text is read twice. */
const PAIR =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)")[ \t]*([;,]|$)/y

/**
 * The whole header must be well-formed: in a quoted text that a client opened and no one closed, the hop that the proxy added
 * would be lost.
 */
function readForwarded(values: readonly string[]): (() => Hop)[] {
  return values.flatMap((value) => elementsOf(value).map((element) => () => hopOf(element)))
}

type Element = ReadonlyMap<string, string>

function elementsOf(text: string): Element[] {
  const elements: Element[] = []
  let element = new Map<string, string>()
  PAIR.lastIndex = 0
  for (let isOver = false; !isOver;) {
    const [, rawName, token, quoted = '', end] = PAIR.exec(text) ?? malformed()
    const name = rawName!.toLowerCase()
    if (element.has(name)) malformed()
    element.set(name, token ?? quoted.replaceAll(/\\(.)/g, '$1'))
    isOver = end === ''
    if (end === ';') continue
    elements.push(element)
    element = new Map()
  }
  return elements
}

function hopOf(element: Element): Hop {
  return {
    address: nodeAddress(element.get('for') ?? '', 'Forwarded'),
    secure: element.get('proto')?.toLowerCase() === 'https',
  }
}

function malformed(): never {
  throw new ForwardedError('Forwarded is malformed.')
}

/** An address with or without a port. A proxy that hides its client (`unknown`, or a name of its own) has named none. */
function nodeAddress(text: string, header: string): string {
  const bare = /^([^:]+):\d{1,5}$/.exec(text)?.[1] ?? /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text
  const address = canonicalAddress(bare)
  if (address === undefined) throw new ForwardedError(`${header} does not name the address of the client.`)
  return address
}
