import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { selfSigned } from '../../../../../../tools/testing/certificate.ts'
import type { HttpLimits } from '../../../../src/host/http/limits.ts'
import type { RawRequest } from '../../../../src/identity/authentication/raw-request.ts'
import { answer, type Fixture, post, RawClient, serve } from '../fixture.ts'
import { IPV6, LOCAL, proxyHeader, ssl } from './proxy-header.ts'

const { key, certificate: ca } = selfSigned({ names: ['127.0.0.1'] })

const echo = async ({ sourceIp, secure, body }: RawRequest) =>
  answer(`${sourceIp} ${secure} ${Buffer.from(body).toString()}`)

interface Behind {
  trustedProxies?: readonly string[]
  proxyProtocol?: boolean
  limits?: Partial<HttpLimits>
  tls?: boolean
}

function behind({
  trustedProxies = ['127.0.0.1'],
  proxyProtocol = true,
  limits = {},
  tls = false,
}: Behind = {}): Promise<Fixture> {
  const secure = tls ? { key, cert: ca } : undefined
  return serve(echo, limits, undefined, undefined, secure, { trustedProxies, proxyProtocol })
}

async function bodies(client: RawClient, count: number): Promise<string[]> {
  return (await client.answers(count)).map(({ body }) => body)
}

/** A request as bytes of a header and what follows. */
function send({ port }: Fixture, header: Buffer, text = post('x')): RawClient {
  return new RawClient(port).send(header.toString('latin1') + text)
}

test('the client is the one that the header names, for all requests of the connection', async () => {
  const client = send(await behind(), proxyHeader({ tlvs: [ssl(true)] }), post('one') + post('two'))
  assert.deepEqual(await bodies(client, 2), ['192.0.2.1 true one', '192.0.2.1 true two'])
})

test('without a word on TLS the client is plain, and LOCAL is the proxy itself', async () => {
  const server = await behind()
  assert.deepEqual(await bodies(send(server, proxyHeader(IPV6)), 1), ['2001:db8:2::1 false x'])
  assert.deepEqual(await bodies(send(server, proxyHeader({ command: LOCAL })), 1), ['127.0.0.1 false x'])
})

test('the header can come in any pieces, and the request with it or after it', async () => {
  const server = await behind()
  const bytes = Buffer.concat([proxyHeader({ tlvs: [ssl(true)] }), Buffer.from(post('pieces'))])
  const client = new RawClient(server.port)
  for (const byte of bytes) {
    client.send(String.fromCharCode(byte))
    await new Promise(setImmediate)
  }
  assert.deepEqual(await bodies(client, 1), ['192.0.2.1 true pieces'])
  assert.deepEqual(server.refusals, [])
})

test('many large requests behind one header arrive whole', async () => {
  const text = Array.from({ length: 20 }, (_, index) => post(String(index).repeat(20_000))).join('')
  const answers = await bodies(send(await behind({ limits: { unproven: 100 } }), proxyHeader(), text), 20)
  assert.deepEqual(
    answers.map(({ length }) => length),
    Array.from({ length: 20 }, (_, index) => 16 + 20_000 * String(index).length),
  )
})

test('the headers of a client that is not trusted mean nothing, and those of a trusted hop do', async () => {
  const server = await behind({ trustedProxies: ['127.0.0.1', '2001:db8::/32'] })
  const forwarded = post('x', ['X-Forwarded-For: 198.51.100.7', 'X-Forwarded-Proto: https'])
  assert.deepEqual(await bodies(send(server, proxyHeader(), forwarded), 1), ['192.0.2.1 false x'])
  assert.deepEqual(await bodies(send(server, proxyHeader(IPV6), forwarded), 1), ['198.51.100.7 true x'])
})

async function overTls(server: Fixture, header: Buffer): Promise<string> {
  const raw = new RawClient(server.port)
  await once(raw.socket, 'connect')
  raw.socket.removeAllListeners('data')
  raw.socket.write(header)
  const socket = connectTls({ socket: raw.socket, ca, host: '127.0.0.1' })
  socket.write(post('x'))
  const [text] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return text.toString().split('\r\n\r\n')[1] ?? ''
}

test('over TLS that the proxy carries, the client is secure unless the proxy says that it was not', async () => {
  const server = await behind({ tls: true })
  assert.equal(await overTls(server, proxyHeader()), '192.0.2.1 true x')
  assert.equal(await overTls(server, proxyHeader({ tlvs: [ssl(true)] })), '192.0.2.1 true x')
  assert.equal(await overTls(server, proxyHeader({ tlvs: [ssl(false)] })), '192.0.2.1 false x')
})

const REFUSED: Record<string, [message: RegExp, text: string, situation?: Behind]> = {
  'no header from a trusted proxy': [/must begin each connection/, post('x')],
  'version 1 from a trusted proxy': [/Version 1/, `PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n${post('x')}`],
  'a malformed header': [/malformed/, proxyHeader({ command: 0x31 }).toString('latin1') + post('x')],
  'a header of a stranger': [
    /from trusted proxies only/,
    proxyHeader().toString('latin1') + post('x'),
    { trustedProxies: ['10.0.0.1'] },
  ],
  'version 1 of a stranger': [
    /from trusted proxies only/,
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n',
    { trustedProxies: ['10.0.0.1'] },
  ],
  'a header where none is expected': [
    /from trusted proxies only/,
    proxyHeader().toString('latin1') + post('x'),
    { proxyProtocol: false },
  ],
}

for (const [what, [message, text, situation]] of Object.entries(REFUSED)) {
  test(`attack: ${what} is refused, with a reason and a trace`, async () => {
    const server = await behind(situation)
    const client = new RawClient(server.port).send(text)
    const [one] = await client.answers(1)
    assert.deepEqual([one?.status, one?.headers.get('Connection')], [400, 'close'])
    assert.match(one?.body ?? '', message)
    await client.closed
    assert.deepEqual(
      server.refusals.map(({ code, sourceIp }) => [code, sourceIp]),
      [['ProxyHeaderRefused', '127.0.0.1']],
    )
    assert.deepEqual(server.errors, [])
  })
}

test('a header that does not end is cut after its time, and one whose proxy leaves is forgotten', async () => {
  const server = await behind({ limits: { headersTimeoutMs: 100 } })
  const half = new RawClient(server.port).send(proxyHeader().subarray(0, 20).toString('latin1'))
  const left = new RawClient(server.port).send(proxyHeader().subarray(0, 20).toString('latin1'))
  await once(left.socket, 'connect')
  left.socket.end()
  await Promise.all([half.closed, left.closed])
  assert.deepEqual(
    server.refusals.map(({ code }) => code),
    ['ConnectionTimedOut'],
  )
  const reset = new RawClient(server.port).send(proxyHeader().subarray(0, 20).toString('latin1'))
  await once(reset.socket, 'connect')
  reset.socket.resetAndDestroy()
  assert.deepEqual(await bodies(send(server, proxyHeader()), 1), ['192.0.2.1 false x'])
})

test('closing waits for no header', async () => {
  const server = await behind()
  const client = new RawClient(server.port).send(proxyHeader().subarray(0, 20).toString('latin1'))
  await once(client.socket, 'connect')
  assert.deepEqual(await bodies(send(server, proxyHeader()), 1), ['192.0.2.1 false x'])
  await Promise.all([server.close(10_000), client.closed])
})
