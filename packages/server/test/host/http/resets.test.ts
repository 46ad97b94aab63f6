import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, type TlsOptions } from 'node:tls'
import { selfSigned } from '../../../../../tools/testing/certificate.ts'
import { answer, type Fixture, post, serve } from './fixture.ts'

const { key, certificate: ca } = selfSigned({ names: ['127.0.0.1'] })
const HOST = '127.0.0.1'
const PROXY_HEADER = Buffer.from('0d0a0d0a000d0a515549540a2111000c090909097f00000100010002', 'hex')
const CONNECT = 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'

/** What a client sends before it resets its connection. */
const INPUTS: Readonly<Record<string, string | Buffer>> = {
  nothing: '',
  'a request': post('x'),
  'a request and junk': `${post('x')}junk\r\n\r\n`,
  'a tunnel': CONNECT,
  'a request and a tunnel': `${post('x')}${CONNECT}`,
  'an upgrade': 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'a request that waits': 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
  'a large body': `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(5000)}`,
  'headers without end': `GET / HTTP/1.1\r\nHost: ${'a'.repeat(20_000)}`,
  junk: 'junk\r\n\r\n',
  'the beginning of a handshake': Buffer.from('160301020001', 'hex'),
  'a PROXY header': PROXY_HEADER,
  'a PROXY header and a tunnel': Buffer.concat([PROXY_HEADER, Buffer.from(CONNECT)]),
  'a PROXY header and junk': Buffer.concat([PROXY_HEADER, Buffer.from('junk\r\n\r\n')]),
}

interface Place {
  tls?: TlsOptions
  /** Clients make a handshake first. */
  isSecured?: boolean
  proxyProtocol?: boolean
}

const PLACES: Readonly<Record<string, Place>> = {
  'plain HTTP': {},
  'a port of TLS': { tls: { key, cert: ca } },
  TLS: { tls: { key, cert: ca }, isSecured: true },
  'the PROXY protocol': { proxyProtocol: true },
  'the PROXY protocol before TLS': { tls: { key, cert: ca }, proxyProtocol: true },
}

/** Not every reset is seen at once under TLS. */
const LIMITS = { firstByteTimeoutMs: 500, headersTimeoutMs: 500 }

/** Times at which the server reads, answers, or waits for more. */
const RESETS_AFTER_MS = [0, 0, 1, 2, 5, 10]

async function opened(socket: Socket, event: string): Promise<void> {
  socket.on('error', () => undefined)
  await Promise.race([once(socket, event), once(socket, 'close')])
}

async function sendAndReset(
  { port }: Fixture,
  isSecured: boolean,
  input: string | Buffer,
  afterMs: number,
): Promise<void> {
  const transport = connect({ port, host: HOST })
  await opened(transport, 'connect')
  const client = isSecured ? connectTls({ socket: transport, host: HOST, ca }) : transport
  if (isSecured) await opened(client, 'secureConnect')
  if (input.length > 0) await new Promise((resolve) => client.write(input, resolve))
  await sleep(afterMs)
  transport.resetAndDestroy()
}

for (const [where, { tls, isSecured = false, proxyProtocol = false }] of Object.entries(PLACES)) {
  test(`${where}: a client that resets its connection, at any point, ends that connection alone`, async () => {
    const trusted = proxyProtocol ? { trustedProxies: [HOST], proxyProtocol } : {}
    const server = await serve(async () => answer('{}'), LIMITS, undefined, undefined, tls, trusted)
    for (const input of Object.values(INPUTS)) {
      await Promise.all(RESETS_AFTER_MS.map((afterMs) => sendAndReset(server, isSecured, input, afterMs)))
    }
    // An error that nothing listens to, which ends the process of a server, fails the test.
    while (Object.values(server.connections()).some((count) => count > 0)) await sleep(5)
    assert.deepEqual(server.errors, [])
  })
}
