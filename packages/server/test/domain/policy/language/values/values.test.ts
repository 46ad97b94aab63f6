import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contains, readAddress, readBlock } from '../../../../../src/domain/policy/language/values/address.ts'
import { isCanonicalBase64 } from '../../../../../src/domain/policy/language/values/base64.ts'
import { compareDecimals, readDecimal } from '../../../../../src/domain/policy/language/values/decimal.ts'
import { readInstant } from '../../../../../src/domain/policy/language/values/instant.ts'

function order(a: string, b: string): number {
  const [left, right] = [readDecimal(a), readDecimal(b)]
  assert.ok(left && right)
  return Math.sign(compareDecimals(left, right))
}

test('decimals compare by value however they are written', () => {
  const equal = [
    ['1', '1.0'],
    ['007', '7'],
    ['-0', '0'],
    ['-0.0', '00'],
    ['1.50', '1.5'],
  ] as const
  for (const [a, b] of equal) assert.equal(order(a, b), 0, `${a} ${b}`)
  const ascending = ['-10', '-9.5', '-9', '-0.1', '0', '0.01', '0.1', '0.11', '1', '9', '10', '10.5']
  for (const [index, smaller] of ascending.entries())
    for (const greater of ascending.slice(index + 1)) {
      assert.equal(order(smaller, greater), -1, `${smaller} ${greater}`)
      assert.equal(order(greater, smaller), 1, `${greater} ${smaller}`)
    }
})

test('decimals that binary floating point calls equal differ', () => {
  assert.equal(order('9007199254740992', '9007199254740993'), -1)
  assert.equal(order('9'.repeat(400), `1${'0'.repeat(400)}`), -1)
})

test('integers compare as integers do', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
      assert.equal(order(String(a), String(b)), a === b ? 0 : a < b ? -1 : 1)
    }),
  )
})

test('what is no decimal is refused', () => {
  for (const text of ['', '-', '.', '1.', '.5', '+1', '1e3', ' 1', '1 ', '0x1', '--1', '1.2.3', 'NaN', 'Infinity', '١'])
    assert.equal(readDecimal(text), undefined, text)
})

test('dates are read in every form of W3C and as epoch seconds', () => {
  const cases: [string, string][] = [
    ['2026', '2026-01-01T00:00:00.000Z'],
    ['2026-02', '2026-02-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-01-31T23:59Z', '2026-01-31T23:59:00.000Z'],
    ['2026-01-31T23:59:30Z', '2026-01-31T23:59:30.000Z'],
    ['2026-01-31T23:59:30.25Z', '2026-01-31T23:59:30.250Z'],
    ['2026-01-31T01:30:00+02:00', '2026-01-30T23:30:00.000Z'],
    ['2026-01-31T23:30-01:00', '2026-02-01T00:30:00.000Z'],
    ['0', '1970-01-01T00:00:00.000Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['1700000000.5', '2023-11-14T22:13:20.500Z'],
    ['1546257599.0', '2018-12-31T11:59:59.000Z'],
    ['1000.0', '1970-01-01T00:16:40.000Z'],
    ['-1.5', '1969-12-31T23:59:58.500Z'],
    ['8640000000000', new Date(8.64e15).toISOString()],
  ]
  for (const [text, expected] of cases) assert.equal(readInstant(text), Date.parse(expected), text)
})

test('dates are read as the platform reads them', () => {
  const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(fc.property(date, (date) => assert.equal(readInstant(date.toISOString()), date.getTime())))
})

test('what is no date is refused', () => {
  const texts = ['', '2026-', '2026-1', '2026-13', '2026-00', '2023-02-29', '2026-01-32', '2026-01-00', '2026/01/01']
  const times = ['T', 'T10:00', 'T10:00:00', 'T24:00Z', 'T10:60Z', 'T10:00:60Z', 'T1000Z', 'T10:00:00.Z', 'T10:00+0100']
  const zones = ['T10:00+24:00', 'T10:00 01:00', 'Z', 'T10:00:0Z', 'T10:00z', 'TZ', 'T10:00:00+1', 'T10:00:00.5.5Z']
  const all = [
    ...texts,
    ...[...times, ...zones].map((end) => `2026-01-01${end}`),
    '2026-01T10:00Z',
    '9'.repeat(14),
    '1e9',
    '1.',
    '.5',
    '+1',
    '1.5.5',
    '--1',
  ]
  for (const text of all) assert.equal(readInstant(text), undefined, text)
})

function inBlock(block: string, address: string): boolean {
  const [wanted, found] = [readBlock(block), readAddress(address)]
  assert.ok(wanted && found, `${block} ${address}`)
  return contains(wanted, found)
}

test('an address is in a block when its first bits are the block’s', () => {
  const cases: [string, string, boolean][] = [
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['10.0.0.0/9', '10.127.255.255', true],
    ['10.0.0.0/9', '10.128.0.0', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.1/31', '192.0.2.0', true],
    ['255.255.255.255/32', '255.255.255.255', true],
    ['0.0.0.0/0', '255.1.2.3', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5678:ffff::1', true],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
    ['2001:db8::/33', '2001:db8:7fff::', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
  ]
  for (const [block, address, expected] of cases) assert.equal(inBlock(block, address), expected, `${block} ${address}`)
})

test('an IPv4-mapped address is the IPv4 address, in requests and in blocks', () => {
  assert.ok(inBlock('192.0.2.0/24', '::ffff:192.0.2.7'))
  assert.ok(inBlock('192.0.2.0/24', '::ffff:c000:0207'))
  assert.ok(inBlock('::ffff:192.0.2.0/120', '192.0.2.7'))
  assert.ok(!inBlock('::ffff:192.0.2.0/120', '192.0.3.7'))
})

test('what is no address is refused', () => {
  const texts = ['', '1', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '1..2.3', 'a.b.c.d', '1.2.3.4/8']
  const long = [
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    'fe80::1%e',
  ]
  const mixed = ['1.2.3.4::', '::1.2.3', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4', ':1:2:3:4:5:6:7', '[::1]']
  for (const text of [...texts, ...long, ...mixed]) assert.equal(readAddress(text), undefined, text)
  for (const text of ['1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/a', '::/129', '1.2.3.0/24/1', '/8', '1.2.3.*'])
    assert.equal(readBlock(text), undefined, text)
})

test('base64 has one form for the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) =>
      assert.ok(isCanonicalBase64(Buffer.from(bytes).toString('base64'))),
    ),
  )
  for (const text of [
    'a',
    'ab',
    'ab=',
    'abc',
    'ab==',
    'abd=',
    'a===',
    '====',
    'ab c',
    'a-_b',
    'YQ==\n',
    '=YQ=',
    'YQ==YQ==',
  ])
    assert.ok(!isCanonicalBase64(text), text)
})
