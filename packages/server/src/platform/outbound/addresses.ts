import { BlockList, isIP } from 'node:net'

/** `internal`: an address of this machine or of a private network. `forbidden`: an address that no service can have. */
export type AddressKind = 'public' | 'internal' | 'forbidden'

/** IANA IPv4 Special-Purpose Address Registry: private networks. */
const INTERNAL_IPV4 = [
  '10.0.0.0/8', // RFC 1918
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10', // RFC 6598, carrier-grade NAT
  '127.0.0.0/8', // loopback
]

/** The same registry: addresses that no service can have; and the metadata addresses of clouds. */
const FORBIDDEN_IPV4 = [
  '0.0.0.0/8', // "this network": the unspecified address reaches this machine
  '169.254.0.0/16', // link-local; 169.254.169.254 hands out a cloud's credentials
  '100.100.100.200/32', // metadata of Alibaba Cloud
  '168.63.129.16/32', // Azure's host, which looks like a public address
  '192.0.0.0/24', // protocol assignments; 192.0.0.192 is metadata of Oracle Cloud
  '192.0.2.0/24', // documentation
  '198.51.100.0/24',
  '203.0.113.0/24',
  '192.88.99.0/24', // 6to4 relays
  '198.18.0.0/15', // benchmarks
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]

const INTERNAL_IPV6 = [
  '::1/128', // loopback
  'fc00::/7', // RFC 4193, unique local
]

const FORBIDDEN_IPV6 = [
  'fd00:ec2::254/128', // metadata of AWS
  'fd20:ce::254/128', // metadata of Google Cloud
  '2001::/23', // protocol assignments, Teredo among them, which leads to any IPv4 address
  '2001:db8::/32', // documentation
  '3fff::/20',
  '2002::/16', // 6to4, which leads to any IPv4 address
]

/** All IPv6 addresses for public services. Other addresses are forbidden without being listed. */
const PUBLIC_IPV6 = ['2000::/3']

/**
 * 96-bit IPv6 prefixes before an IPv4 address: IPv4-mapped, and NAT64 (RFC 6052). The connection reaches the IPv4
 * address.
 */
const BEFORE_IPV4 = ['::ffff:', '64:ff9b::']

const forbidden = ranges(FORBIDDEN_IPV4, FORBIDDEN_IPV6)
const internal = ranges(INTERNAL_IPV4, INTERNAL_IPV6)
const published = ranges(['0.0.0.0/0'], PUBLIC_IPV6)

/** Returns the kind of an address. Anything but a plain IP address, for example one with a zone, is forbidden. */
export function addressKind(text: string): AddressKind {
  const version = isIP(text)
  if (version === 0 || text.includes('%')) return 'forbidden'
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (forbidden.check(text, family)) return 'forbidden'
  if (internal.check(text, family)) return 'internal'
  return published.check(text, family) ? 'public' : 'forbidden'
}

function ranges(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList()
  for (const [address, bits] of ipv4.map(parts)) {
    list.addSubnet(address, bits, 'ipv4')
    for (const prefix of BEFORE_IPV4) list.addSubnet(prefix + address, 96 + bits, 'ipv6')
  }
  for (const [address, bits] of ipv6.map(parts)) list.addSubnet(address, bits, 'ipv6')
  return list
}

function parts(range: string): [address: string, bits: number] {
  const [address = '', bits = ''] = range.split('/')
  return [address, Number(bits)]
}
