import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../../../../src/host/http/peer/crc32c.ts'
import { beginsProxyHeader, readProxyHeader } from '../../../../src/host/http/peer/proxy-header.ts'
import { IPV4, IPV6, LOCAL, proxyHeader, ssl, summed, tlv } from './proxy-header.ts'

const REQUEST = Buffer.from('POST / HTTP/1.1\r\n')
const MAPPED = Buffer.concat([Buffer.from('00000000000000000000ffffc0000201', 'hex'), IPV6.addresses.subarray(16)])

const CLIENTS: Record<string, [expected: string, header: Buffer]> = {
  'a client of IPv4': ['192.0.2.1 undefined', proxyHeader()],
  'a client of IPv6': ['2001:db8:2::1 undefined', proxyHeader(IPV6)],
  'an IPv4-mapped client': ['192.0.2.1 undefined', proxyHeader({ ...IPV6, addresses: MAPPED })],
  'a client of a Unix socket': ['unix undefined', proxyHeader({ family: 0x31, addresses: Buffer.alloc(216) })],
  'a client that used TLS': ['192.0.2.1 true', proxyHeader({ tlvs: [tlv(0x04, Buffer.alloc(9)), ssl(true)] })],
  'a client that used none': ['2001:db8:2::1 false', proxyHeader({ ...IPV6, tlvs: [ssl(false)] })],
  'a header with its sum': ['192.0.2.1 true', summed({ tlvs: [ssl(true)] })],
  'the proxy itself': ['itself', proxyHeader({ command: LOCAL, family: 0, addresses: Buffer.alloc(0) })],
  'the proxy itself, with addresses, which mean nothing then': ['itself', proxyHeader({ command: LOCAL })],
}

function read(bytes: Buffer): string | undefined {
  const header = readProxyHeader(bytes)
  if (header === undefined) return undefined
  return header.client === undefined ? 'itself' : `${header.client.sourceIp} ${header.client.secure}`
}

for (const [what, [expected, header]] of Object.entries(CLIENTS)) {
  test(`a PROXY header names ${what}`, () => {
    for (let length = 0; length < header.byteLength; length++) assert.equal(read(header.subarray(0, length)), undefined)
    const bytes = Buffer.concat([header, REQUEST])
    assert.equal(read(bytes), expected)
    assert.equal(readProxyHeader(bytes)?.bytes, header.byteLength)
  })
}

const MALFORMED = /is malformed/
const REFUSED: Record<string, [message: RegExp, bytes: Buffer]> = {
  'version 1': [/Version 1 .* send-proxy-v2/, Buffer.from('PROXY TCP4 192.0.2.1 10.0.0.1 50000 443\r\n')],
  'a request without a header': [/must begin each connection/, REQUEST],
  'one byte that begins none': [/must begin each connection/, Buffer.from('P')],
  'a handshake of TLS': [/must begin each connection/, Buffer.from('\x16\x03\x01', 'latin1')],
  'an unknown version': [MALFORMED, proxyHeader({ command: 0x31 })],
  'an unknown command': [MALFORMED, proxyHeader({ command: 0x22 })],
  'no family': [/does not name/, proxyHeader({ family: 0, addresses: Buffer.alloc(0) })],
  datagrams: [/does not name/, proxyHeader({ family: 0x12 })],
  'addresses that are too short': [MALFORMED, proxyHeader({ addresses: IPV4.addresses.subarray(0, 11) })],
  'IPv6 in the size of IPv4': [MALFORMED, proxyHeader({ family: 0x21 })],
  'a length beyond the limit': [MALFORMED, proxyHeader({ length: 8192 })],
  'a vector that ends after the header': [MALFORMED, proxyHeader({ tlvs: [Buffer.from('200009', 'hex')] })],
  'a vector without a length': [MALFORMED, proxyHeader({ tlvs: [Buffer.from('20', 'hex')] })],
  'a TLS vector that is too short': [MALFORMED, proxyHeader({ tlvs: [tlv(0x20, Buffer.from('01', 'hex'))] })],
  'two TLS vectors': [MALFORMED, proxyHeader({ tlvs: [ssl(false), ssl(true)] })],
  'a wrong sum': [MALFORMED, summed({ tlvs: [ssl(true)] }, 1)],
  'a sum of another size': [MALFORMED, proxyHeader({ tlvs: [tlv(0x03, Buffer.alloc(5))] })],
}

for (const [what, [message, bytes]] of Object.entries(REFUSED)) {
  test(`a connection of a trusted proxy is refused for ${what}`, () => {
    assert.throws(() => read(bytes), { name: 'ProxyHeaderError', message })
  })
}

test('a header of any version is known by its beginning', () => {
  assert.deepEqual([proxyHeader(), Buffer.from('PROXY TCP4'), REQUEST, Buffer.from('PROXZ')].map(beginsProxyHeader), [
    true,
    true,
    false,
    false,
  ])
})

/** RFC 3720, appendix B.4. */
test('CRC-32C is that of the RFC', () => {
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index))), 0x46dd794e)
})
