import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Peers, type Sender } from '../../../../src/host/http/peer/peer.ts'
import { TrustedProxies } from '../../../../src/host/http/peer/trusted-proxies.ts'
import { groupHeaders } from '../../../../src/identity/authentication/headers.ts'

const peers = new Peers(TrustedProxies.of(['10.0.0.0/8', '2001:db8:1::/48', 'unix']))

interface Situation {
  /** The address at the other end of the connection: a trusted one unless said otherwise. */
  from?: string
  tls?: boolean
  connection?: object
}

function senderOf(
  headers: readonly string[],
  { from = '10.0.0.1', tls = false, connection = {} }: Situation = {},
): Sender {
  const raw = headers.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
  return peers.sender({ sourceIp: from, secure: tls }, groupHeaders(raw), connection)
}

function clientOf(headers: readonly string[], situation?: Situation): string {
  const { sourceIp, secure } = senderOf(headers, situation)
  return `${sourceIp} ${secure ? 'secure' : 'plain'}`
}

/** What a proxy adds to a request that came over TLS. */
const HTTPS = 'X-Forwarded-Proto: https'

const CLIENTS: Record<string, [expected: string, headers: string[], situation?: Situation]> = {
  'the client of a proxy that says nothing is the proxy': ['10.0.0.1 plain', []],
  'a proxy that says nothing, over TLS': ['10.0.0.1 secure', [], { tls: true }],
  'the address and scheme that a trusted proxy names count': [
    '192.0.2.1 secure',
    ['X-Forwarded-For: 192.0.2.1', HTTPS],
  ],
  'without a scheme the client used none, even if its proxy did': [
    '192.0.2.1 plain',
    ['X-Forwarded-For: 192.0.2.1'],
    { tls: true },
  ],
  'a scheme alone is that of a client who is not named': ['10.0.0.1 secure', [HTTPS]],
  'plain HTTP to a proxy that uses TLS itself is plain': ['10.0.0.1 plain', ['X-Forwarded-Proto: http'], { tls: true }],
  'several schemes must all be https': [
    '192.0.2.1 plain',
    ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https, http'],
  ],
  'what the client itself says is left of its address': [
    '192.0.2.1 secure',
    ['X-Forwarded-For: 10.9.9.9, 127.0.0.1, 192.0.2.1', HTTPS],
  ],
  'what is left of the client is not even read': [
    '192.0.2.1 secure',
    ['X-Forwarded-For: "nonsense", , 192.0.2.1', HTTPS],
  ],
  'trusted hops are skipped from the right': [
    '192.0.2.1 secure',
    ['X-Forwarded-For: 8.8.8.8, 192.0.2.1, 10.0.0.9, 2001:db8:1::5', HTTPS],
  ],
  'headers in several lines are one list': [
    '192.0.2.1 secure',
    ['X-Forwarded-For: 8.8.8.8', 'X-Forwarded-For: 192.0.2.1', HTTPS],
  ],
  'where all hops are trusted the first is the client': [
    '10.0.0.7 secure',
    ['X-Forwarded-For: 10.0.0.7, 10.0.0.8', HTTPS],
  ],
  'ports are left out': ['192.0.2.1 plain', ['X-Forwarded-For: 192.0.2.1:50123']],
  'IPv6 with a port': ['2001:db8:2::1 plain', ['X-Forwarded-For: [2001:DB8:2:0::1]:443']],
  'IPv6 without brackets': ['2001:db8:2::1 plain', ['X-Forwarded-For: 2001:db8:2::1']],
  'an IPv4-mapped address is the IPv4 address': ['192.0.2.1 plain', ['X-Forwarded-For: ::ffff:192.0.2.1']],
  'a mapped trusted hop is that hop': ['192.0.2.1 plain', ['X-Forwarded-For: 192.0.2.1, ::ffff:10.0.0.9']],
  'a proxy on a Unix socket': ['192.0.2.1 secure', ['X-Forwarded-For: 192.0.2.1', HTTPS], { from: 'unix' }],
  'Forwarded by RFC 7239': [
    '192.0.2.1 secure',
    ['Forwarded: for=192.0.2.1;proto=https;by=10.0.0.1;host="a.example:1"'],
  ],
  'Forwarded, with its names and schemes in any case': [
    '192.0.2.1 secure',
    ['Forwarded: For="192.0.2.1:80"; Proto=HTTPS'],
  ],
  'Forwarded with IPv6': ['2001:db8:2::1 plain', ['Forwarded: for="[2001:db8:2::1]:4711"']],
  'the scheme of Forwarded is that of the client': [
    '192.0.2.1 plain',
    ['Forwarded: for=192.0.2.1, for=10.0.0.9;proto=https'],
  ],
  'what a client says of others in Forwarded': [
    '192.0.2.1 plain',
    ['Forwarded: for=8.8.8.8;proto=https, for=192.0.2.1'],
  ],
  'Forwarded in several lines': [
    '192.0.2.1 secure',
    ['Forwarded: for=10.0.0.7', 'Forwarded: for=192.0.2.1;proto=https'],
  ],
  'Forwarded that hides what is left of the client': [
    '192.0.2.1 plain',
    ['Forwarded: for=_hidden, for=unknown, for=192.0.2.1'],
  ],
  'a stranger who says much is that stranger': [
    '192.0.2.9 plain',
    ['X-Forwarded-For: 10.0.0.1', HTTPS, 'X-Real-IP: 10.0.0.1'],
    { from: '192.0.2.9' },
  ],
  'a stranger who uses TLS and says otherwise': [
    '192.0.2.9 secure',
    ['X-Forwarded-Proto: http'],
    { from: '192.0.2.9', tls: true },
  ],
  'a stranger whose headers are malformed': [
    '192.0.2.9 plain',
    ['Forwarded: "', 'X-Forwarded-For:'],
    { from: '192.0.2.9' },
  ],
  'other headers about the client are none': [
    '10.0.0.1 plain',
    ['X-Real-IP: 192.0.2.1', 'X-Client-IP: 192.0.2.1', 'X-Forwarded-Ssl: on'],
  ],
}

for (const [what, [expected, headers, situation]] of Object.entries(CLIENTS)) {
  test(what, () => assert.equal(clientOf(headers, situation), expected))
}

const UNCLEAR: Record<string, [message: RegExp, headers: string[]]> = {
  'both kinds of headers': [/both there/, ['Forwarded: for=192.0.2.1', 'X-Forwarded-For: 192.0.2.1']],
  'Forwarded beside a scheme': [/both there/, ['Forwarded: for=192.0.2.1;proto=https', 'X-Forwarded-Proto: http']],
  'an empty list': [/does not name/, ['X-Forwarded-For:']],
  'nothing behind a comma': [/does not name/, ['X-Forwarded-For: 192.0.2.1,']],
  'a name': [/does not name/, ['X-Forwarded-For: client.example']],
  'a zone': [/does not name/, ['X-Forwarded-For: fe80::1%eth0']],
  'an unknown client': [/does not name/, ['X-Forwarded-For: unknown']],
  'leading zeros, which some read as octal': [/does not name/, ['X-Forwarded-For: 192.0.2.010']],
  'a malformed hop behind trusted ones': [/does not name/, ['X-Forwarded-For: 192.0.2.1, nonsense, 10.0.0.9']],
  'another scheme': [/not https or http/, ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: spdy']],
  'an empty scheme': [/not https or http/, ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https,']],
  'an open quoted text': [/malformed/, ['Forwarded: for="192.0.2.1, for=192.0.2.2']],
  'a quoted text that would swallow the next': [/malformed/, ['Forwarded: for="x, for="[2001:db8:2::1]";proto=https']],
  'a member twice': [/malformed/, ['Forwarded: for=192.0.2.1;for=10.0.0.1']],
  'an empty element': [/malformed/, ['Forwarded: for=192.0.2.1,,for=192.0.2.2']],
  'nothing in Forwarded': [/malformed/, ['Forwarded:']],
  'an element without an address': [/does not name/, ['Forwarded: proto=https']],
  'an address that is hidden': [/does not name/, ['Forwarded: for=_secret;proto=https']],
  'too many hops': [/more than 100/, [`X-Forwarded-For: ${'10.0.0.1,'.repeat(100)}10.0.0.1`]],
}

for (const [what, [message, headers]] of Object.entries(UNCLEAR)) {
  test(`what a trusted proxy says is refused: ${what}`, () => {
    assert.throws(() => clientOf(headers), { name: 'ForwardedError', message })
  })
}

test('attack: no header makes the reader take longer than its length', () => {
  for (const text of ['for="', 'for=a;', 'a=', 'for="\\', '\t'].map((piece) => piece.repeat(16_000 / piece.length))) {
    assert.throws(() => clientOf([`Forwarded: ${text}`]), { name: 'ForwardedError' })
  }
})

test('requests of one connection prove something for each other, and behind a proxy those of one client', () => {
  const [connection, other] = [{}, {}]
  const together = (client: string, situation: Situation): object =>
    senderOf([`X-Forwarded-For: ${client}`], situation).provenTogether
  assert.equal(together('192.0.2.1', { from: '192.0.2.9', connection }), connection)
  const victim = together('192.0.2.1', { connection })
  assert.equal(together('192.0.2.1', { connection: other }), victim)
  for (const one of [together('192.0.2.2', { connection }), connection, senderOf([], { connection }).provenTogether]) {
    assert.notEqual(one, victim)
  }
})
