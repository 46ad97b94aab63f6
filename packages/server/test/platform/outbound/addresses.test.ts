import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressKind } from '../../../src/platform/outbound/addresses.ts'

const PUBLIC = ['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.0.1', '172.32.0.1']
const INTERNAL = ['10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.0.1', '172.16.0.1', '192.168.0.1']
const FORBIDDEN = ['0.0.0.0', '169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192', '224.0.0.1']
const ALSO_FORBIDDEN = ['255.255.255.255', '240.0.0.1', '198.18.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1']

const KINDS = {
  public: [...PUBLIC, '2606:4700::1111', '2a00:1450:4001:82b::200e'],
  internal: [...INTERNAL, '::1', '0:0:0:0:0:0:0:1', 'fc00::1', 'fdff::1'],
  forbidden: [
    ...FORBIDDEN,
    ...ALSO_FORBIDDEN,
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:808:808::',
    '64:ff9b:1::808:808',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '1::1',
  ],
} as const

for (const [kind, addresses] of Object.entries(KINDS)) {
  for (const address of addresses) {
    test(`${address} is ${kind}`, () => {
      assert.equal(addressKind(address), kind)
    })
  }
}

for (const text of [
  '',
  'localhost',
  '127.1',
  '0x7f000001',
  '2130706433',
  '127.0.0.1 ',
  '[::1]',
  '::1%1',
  '1.1.1.1/32',
]) {
  test(`${JSON.stringify(text)}, which is no address in full, is forbidden`, () => {
    assert.equal(addressKind(text), 'forbidden')
  })
}

test('an IPv4 address inside an IPv6 one is judged as the IPv4 address', () => {
  fc.assert(
    fc.property(
      fc.ipV4(),
      fc.constantFrom('::ffff:', '64:ff9b::', '0:0:0:0:0:FFFF:', '0064:ff9b:0:0:0:0:'),
      (v4, prefix) => {
        assert.equal(addressKind(prefix + v4), addressKind(v4))
      },
    ),
  )
  for (const [kind, addresses] of Object.entries(KINDS)) {
    for (const address of addresses.filter((one) => !one.includes(':'))) {
      assert.equal(addressKind(`::ffff:${address}`), kind)
      assert.equal(addressKind(`64:ff9b::${hexadecimal(address)}`), kind)
    }
  }
})

function hexadecimal(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}
