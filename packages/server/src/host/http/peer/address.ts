import { SocketAddress } from 'node:net'
import { NO_ADDRESS } from '../../../domain/policy/request-facts.ts'
import { readAddress } from '../../../domain/policy/language/values/address.ts'

/** What an audit record has in place of an address where a client connected through a Unix socket. */
export const UNIX = NO_ADDRESS

/**
 * Returns an IP address in the one form in which it is recorded and compared: IPv4 in four decimal numbers, also for an
 * IPv4-mapped IPv6 address; IPv6 as RFC 5952 writes it. `undefined` for any other text, including an address with a zone.
 */
export function canonicalAddress(text: string): string | undefined {
  const words = readAddress(text)
  if (words === undefined) return undefined
  const [word = 0] = words
  if (words.length === 1) return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join('.')
  return new SocketAddress({ address: text, family: 'ipv6' }).address
}

/** The address of a socket's other end. A zone names an interface of this machine, and is no part of it. */
export function withoutZone(text: string): string {
  const zone = text.indexOf('%')
  return zone < 0 ? text : text.slice(0, zone)
}
