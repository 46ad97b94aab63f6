import { areDigits, areHexadecimalDigits, digitsAt } from './digits.ts'

const WORD_BITS = 32

/** An IP address in 32-bit words: one for IPv4, four for IPv6. */
export type Address = readonly number[]

/** A CIDR block: the addresses with the same leading bits. */
export interface Block {
  address: Address
  bits: number
}

/**
 * Parses an IPv4 or IPv6 address (RFC 4291, section 2.2). An IPv4-mapped address (`::ffff:192.0.2.1`, section 2.5.5.2)
 * is parsed as the IPv4 address, so that a rule on the network holds whichever form a listener reports. Leading zeros
 * and zones are refused.
 */
export function readAddress(text: string): Address | undefined {
  return text.includes(':') ? unmapped(readIpv6(text)) : readIpv4(text)
}

/** Parses `203.0.113.0/24`, `2001:db8::/32`, or a single address. */
export function readBlock(text: string): Block | undefined {
  const slash = text.indexOf('/')
  const addressText = slash < 0 ? text : text.slice(0, slash)
  const written = addressText.includes(':') ? readIpv6(addressText) : readIpv4(addressText)
  if (written === undefined) return undefined
  const width = written.length * WORD_BITS
  const bits = slash < 0 ? width : readLength(text.slice(slash + 1), width)
  if (bits === undefined) return undefined
  const address = bits >= 96 ? unmapped(written) : written
  return { address: address ?? written, bits: bits - (width - (address ?? written).length * WORD_BITS) }
}

/** Returns whether a block contains an address. False if one is IPv4 and the other IPv6. */
export function contains({ address, bits }: Block, candidate: Address): boolean {
  if (address.length !== candidate.length) return false
  for (let index = 0; index * WORD_BITS < bits; index++) {
    const unchecked = Math.max(WORD_BITS - (bits - index * WORD_BITS), 0)
    if (((address[index] ?? 0) ^ (candidate[index] ?? 0)) >>> unchecked !== 0) return false
  }
  return true
}

function readLength(text: string, width: number): number | undefined {
  return areDigits(text) && text.length <= 3 && Number(text) <= width ? Number(text) : undefined
}

function unmapped(words: Address | undefined): Address | undefined {
  const mapped = words?.length === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff
  return mapped ? words.slice(3) : words
}

/** Scans the text once without splitting it: most address conditions are about IPv4, and evaluated in every request. */
function readIpv4(text: string): Address | undefined {
  let [word, octets, start] = [0, 0, 0]
  for (let position = 0; position <= text.length; position++) {
    if (position < text.length && text.charAt(position) !== '.') continue
    const octet = octetAt(text, start, position)
    if (octet === undefined) return undefined
    word = word * 256 + octet
    octets++
    start = position + 1
  }
  return octets === 4 ? [word] : undefined
}

function octetAt(text: string, start: number, end: number): number | undefined {
  const value = digitsAt(text, start, end)
  const padded = end - start > 1 && text.charAt(start) === '0'
  return value < 256 && !padded ? value : undefined
}

function readIpv6(text: string): Address | undefined {
  const halves = text.split('::', 3)
  if (halves.length > 2) return undefined
  const [head, tail] = [readGroups(halves[0] ?? '', halves.length === 1), readGroups(halves[1] ?? '', true)]
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return toWords([...head, ...Array<number>(missing).fill(0), ...tail])
}

/** Parses groups of 16 bits. The last can be an IPv4 address if it ends the address. */
function readGroups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':', 9)
  const groups = parts.flatMap((part, index) => {
    const isLast = index === parts.length - 1
    return atEnd && isLast && part.includes('.') ? embedded(part) : [readGroup(part)]
  })
  return groups.includes(Number.NaN) ? undefined : groups
}

function embedded(text: string): number[] {
  const [word] = readIpv4(text) ?? [Number.NaN]
  return word === undefined || Number.isNaN(word) ? [Number.NaN] : [word >>> 16, word & 0xffff]
}

function readGroup(text: string): number {
  return text.length <= 4 && areHexadecimalDigits(text) ? Number.parseInt(text, 16) : Number.NaN
}

function toWords(groups: readonly number[]): Address {
  return [0, 2, 4, 6].map((index) => (((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0)) >>> 0)
}
