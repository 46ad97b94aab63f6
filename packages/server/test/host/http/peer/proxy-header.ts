import { crc32c } from '../../../../src/host/http/peer/crc32c.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

const PROXY = 0x21
export const LOCAL = 0x20

/** The parts of a header; by default a client of IPv4, and no TLVs. */
export interface HeaderParts {
  command?: number
  family?: number
  /** Source, destination and ports. */
  addresses?: Buffer
  tlvs?: readonly Buffer[]
  /** In place of the true length. */
  length?: number
}

export const IPV4 = { family: 0x11, addresses: Buffer.from('c00002010a000001c35001bb', 'hex') }
export const IPV6 = {
  family: 0x21,
  addresses: Buffer.from(`20010db8000200000000000000000001${'0'.repeat(31)}1c35001bb`, 'hex'),
}

/** A PROXY protocol header of version 2. */
export function proxyHeader({ command = PROXY, family, addresses, tlvs = [], length }: HeaderParts = {}): Buffer {
  const rest = Buffer.concat([addresses ?? IPV4.addresses, ...tlvs])
  const fixed = Buffer.alloc(4)
  fixed.writeUInt8(command, 0)
  fixed.writeUInt8(family ?? IPV4.family, 1)
  fixed.writeUInt16BE(length ?? rest.byteLength, 2)
  return Buffer.concat([SIGNATURE, fixed, rest])
}

export function tlv(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(3)
  head.writeUInt8(type, 0)
  head.writeUInt16BE(value.byteLength, 1)
  return Buffer.concat([head, value])
}

/** The TLV of TLS: whether the client used it, as haproxy writes it with the version of TLS. */
export function ssl(isSecure: boolean): Buffer {
  const version = tlv(0x21, Buffer.from('TLSv1.3'))
  return tlv(0x20, Buffer.concat([Buffer.from([isSecure ? 1 : 0, 0, 0, 0, 1]), version]))
}

/** The header with a TLV of its sum. */
export function summed(parts: HeaderParts, change = 0): Buffer {
  const header = proxyHeader({ ...parts, tlvs: [...(parts.tlvs ?? []), tlv(0x03, Buffer.alloc(4))] })
  header.writeUInt32BE((crc32c(header) ^ change) >>> 0, header.byteLength - 4)
  return header
}
