import { canonicalAddress, UNIX } from './address.ts'
import { crc32c } from './crc32c.ts'

/**
 * The header of the PROXY protocol, version 2: what a proxy says of its client before anything else on a connection.
 * Specification: haproxy.org/download/3.2/doc/proxy-protocol.txt, section 2.2.
 */
export interface ProxyHeader {
  /** Its own size. What follows is the client's. */
  bytes: number
  /** `undefined` where the proxy connects for itself, as for a check of health (command LOCAL). */
  client: ProxyClient | undefined
}

/** The client of a proxy. */
export interface ProxyClient {
  /** In canonical form; `unix` if it came through a Unix socket. */
  sourceIp: string
  /** Whether it used TLS to the proxy. `undefined` if the proxy does not say, as one that does not look into what it carries. */
  secure: boolean | undefined
}

/** Says what is wrong with the beginning of a connection. The message is shown to the other end. */
export class ProxyHeaderError extends Error {
  override readonly name = 'ProxyHeaderError'
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const FIXED_BYTES = 16

/** Addresses take 36 bytes at most (216 for Unix sockets), and a proxy can add a client's certificate. */
const MAX_PROXY_HEADER_BYTES = 8192

const VERSION_1 = Buffer.from('PROXY ')

const COMMANDS: Readonly<Record<number, 'LOCAL' | 'PROXY'>> = { 0x20: 'LOCAL', 0x21: 'PROXY' }

/** By family and transport: how many bytes the addresses take, and the client's among them. Anything else has no client. */
const FAMILIES: Readonly<Record<number, { bytes: number; source(block: Buffer): string }>> = {
  0x11: { bytes: 12, source: (block) => [...block.subarray(0, 4)].join('.') },
  0x21: { bytes: 36, source: (block) => ipv6(block.subarray(0, 16)) },
  0x31: { bytes: 216, source: () => UNIX },
}

/** Whether bytes begin a PROXY header of any version, as far as they go. */
export function beginsProxyHeader(bytes: Buffer): boolean {
  return [SIGNATURE, VERSION_1].some((start) => bytes.subarray(0, start.byteLength).equals(start))
}

/**
 * Reads the header that `bytes` begin with; `undefined` while they are only its beginning. Throws a {@link ProxyHeaderError} as soon
 * as they cannot become one: nothing is guessed of a client.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  const start = bytes.subarray(0, SIGNATURE.byteLength)
  if (bytes.subarray(0, VERSION_1.byteLength).equals(VERSION_1)) {
    throw new ProxyHeaderError(
      'Version 1 of the PROXY protocol is not supported: configure version 2 (haproxy: send-proxy-v2).',
    )
  }
  if (!start.equals(SIGNATURE.subarray(0, start.byteLength))) {
    throw new ProxyHeaderError('A trusted proxy must begin each connection with a PROXY protocol header, version 2.')
  }
  if (bytes.byteLength < FIXED_BYTES) return undefined
  const size = FIXED_BYTES + bytes.readUInt16BE(14)
  if (size > MAX_PROXY_HEADER_BYTES) throw malformed()
  if (bytes.byteLength < size) return undefined
  return { bytes: size, client: clientOf(bytes.subarray(0, size)) }
}

function clientOf(header: Buffer): ProxyClient | undefined {
  const command = COMMANDS[header.readUInt8(12)]
  if (command === undefined) throw malformed()
  if (command === 'LOCAL') return undefined
  const family = FAMILIES[header.readUInt8(13)]
  if (family === undefined)
    throw new ProxyHeaderError('The PROXY protocol header does not name the address of a client.')
  const block = header.subarray(FIXED_BYTES)
  if (block.byteLength < family.bytes) throw malformed()
  const sourceIp = family.source(block)
  return { sourceIp: canonicalAddress(sourceIp) ?? sourceIp, secure: secureBy(header, FIXED_BYTES + family.bytes) }
}

const CRC32C = 0x03
const SSL = 0x20
/** Bit of the first byte of {@link SSL}: the client connected over TLS. */
const CLIENT_SSL = 0x01
/** The client byte and the four of the verification of its certificate. */
const LEAST_SSL_BYTES = 5

/** Reads the type-length-value vectors behind the addresses. */
function secureBy(header: Buffer, start: number): boolean | undefined {
  let secure: boolean | undefined
  for (let at = start; at < header.byteLength;) {
    if (at + 3 > header.byteLength) throw malformed()
    const [type, from] = [header.readUInt8(at), at + 3]
    const end = from + header.readUInt16BE(at + 1)
    if (end > header.byteLength) throw malformed()
    const value = header.subarray(from, end)
    if (type === CRC32C) checkSum(header, from, value)
    if (type === SSL) {
      if (secure !== undefined || value.byteLength < LEAST_SSL_BYTES) throw malformed()
      secure = (value.readUInt8(0) & CLIENT_SSL) !== 0
    }
    at = end
  }
  return secure
}

/** The sum is over the whole header, with zeros in place of the sum. */
function checkSum(header: Buffer, at: number, value: Buffer): void {
  const summed = Buffer.from(header)
  if (value.byteLength !== 4) throw malformed()
  summed.fill(0, at, at + 4)
  if (crc32c(summed) !== value.readUInt32BE(0)) throw malformed()
}

function ipv6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':')
}

function malformed(): ProxyHeaderError {
  return new ProxyHeaderError('The PROXY protocol header is malformed.')
}
