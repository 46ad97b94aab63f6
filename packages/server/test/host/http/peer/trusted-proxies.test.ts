import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalAddress } from '../../../../src/host/http/peer/address.ts'
import { TrustedProxies } from '../../../../src/host/http/peer/trusted-proxies.ts'

const trusted = TrustedProxies.of(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120', 'unix'])

for (const [address, isTrusted] of Object.entries({
  '10.255.0.1': true,
  '11.0.0.1': false,
  '192.0.2.7': true,
  '192.0.2.8': false,
  '2001:db8:1::1': true,
  '2001:db9::1': false,
  '198.51.100.9': true,
  unix: true,
  '': false,
  '10.0.0.1 ': false,
  localhost: false,
})) {
  test(`'${address}' is ${isTrusted ? '' : 'not '}trusted`, () => assert.equal(trusted.trusts(address), isTrusted))
}

test('without a list no address is trusted, and no Unix socket', () => {
  const none = TrustedProxies.of([])
  for (const address of ['127.0.0.1', '::1', 'unix']) assert.equal(none.trusts(address), false)
})

for (const [text, message] of Object.entries({
  'proxy.example': /'proxy\.example' is not an IP address/,
  '10.0.0.0/33': /is not an IP address/,
  '': /is not an IP address/,
  'fe80::1%eth0': /is not an IP address/,
  '0.0.0.0/0': /trusts every address/,
  '::/0': /trusts every address/,
  '10.1.2.3/8': /bits beyond/,
  '2001:db8::1/32': /bits beyond/,
})) {
  test(`'${text}' cannot be a trusted proxy`, () => {
    assert.throws(() => TrustedProxies.of(['10.0.0.1', text]), { name: 'TrustedProxyError', message })
  })
}

test('the list has a limit', () => {
  assert.throws(() => TrustedProxies.of(Array<string>(1001).fill('10.0.0.1')), /At most 1000/)
})

for (const [text, canonical] of Object.entries({
  '192.0.2.1': '192.0.2.1',
  '::ffff:192.0.2.1': '192.0.2.1',
  '::FFFF:c000:201': '192.0.2.1',
  '2001:DB8:0:0:0:0:0:1': '2001:db8::1',
  '192.0.2.01': undefined,
  '3232235777': undefined,
  'fe80::1%eth0': undefined,
  '192.0.2.1:80': undefined,
})) {
  test(`the address ${text} is recorded as ${canonical}`, () => assert.equal(canonicalAddress(text), canonical))
}
