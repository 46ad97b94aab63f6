import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import type { RawRequest } from '../../../../src/identity/authentication/raw-request.ts'
import { IPV6, proxyHeader } from './proxy-header.ts'
import { answer, type Fixture, post, RawClient, serve } from '../fixture.ts'

const echo = async ({ sourceIp, secure }: RawRequest) => answer(`${sourceIp} ${secure}`)

function behind(...trustedProxies: string[]): Promise<Fixture> {
  return serve(echo, {}, undefined, undefined, undefined, { trustedProxies })
}

async function told({ port }: Fixture, ...headers: string[]): Promise<string> {
  const [one] = await new RawClient(port).send(post('{}', headers)).answers(1)
  return `${one?.status} ${one?.body}`
}

const CLIENT = ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https']

test('a handler gets the client that a trusted proxy names, and of any other sender the sender itself', async () => {
  assert.equal(await told(await behind('127.0.0.1'), ...CLIENT), '200 192.0.2.1 true')
  assert.equal(await told(await behind('10.0.0.0/8'), ...CLIENT), '200 127.0.0.1 false')
  assert.equal(await told(await behind(), ...CLIENT), '200 127.0.0.1 false')
})

test('each request on a connection has the client that its own headers name', async () => {
  const { port } = await behind('127.0.0.1')
  const client = new RawClient(port)
  for (const address of ['192.0.2.1', '192.0.2.2']) client.send(post('{}', [`X-Forwarded-For: ${address}`]))
  client.send(post('{}'))
  const answers = await client.answers(3)
  assert.deepEqual(
    answers.map(({ body }) => body),
    ['192.0.2.1 false', '192.0.2.2 false', '127.0.0.1 false'],
  )
})

test('a trusted proxy that contradicts itself is told so, and leaves a trace under its own address', async () => {
  const server = await behind('127.0.0.1')
  const refused = await told(server, 'Forwarded: for=192.0.2.1', ...CLIENT)
  assert.match(
    refused,
    /^400 .*"ForwardedHeadersRefused".*Forwarded and X-Forwarded-For or X-Forwarded-Proto are both there/,
  )
  const [{ code, sourceIp } = assert.fail(), ...more] = server.refusals
  assert.deepEqual([code, sourceIp, more], ['ForwardedHeadersRefused', '127.0.0.1', []])
})

test('a Unix socket has no address: its proxy is trusted by that word alone, also with the PROXY protocol', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-peer-'))
  after(() => rmSync(folder, { recursive: true }))
  const on = async (name: string, options: { trustedProxies: string[]; proxyProtocol?: boolean }): Promise<string> => {
    const path = join(folder, name)
    await serve(echo, {}, undefined, undefined, undefined, { addresses: [{ path }], ...options })
    return path
  }
  const sent = post('{}', [...CLIENT, 'Connection: close'])
  assert.match(await overUnix(await on('a', { trustedProxies: ['127.0.0.0/8', '::1'] }), sent), /\r\nunix false$/)
  assert.match(await overUnix(await on('b', { trustedProxies: ['unix'] }), sent), /\r\n192\.0\.2\.1 true$/)
  const announced = await on('c', { trustedProxies: ['unix'], proxyProtocol: true })
  const header = proxyHeader(IPV6).toString('latin1')
  assert.match(await overUnix(announced, header + sent), /\r\n2001:db8:2::1 false$/)
  assert.match(await overUnix(announced, sent), /must begin each connection/)
})

/** All that comes back until the server closes. */
async function overUnix(path: string, sent: string): Promise<string> {
  const socket = connect({ path })
  socket.write(sent, 'latin1')
  return text(socket)
}

test('what the listener refuses of a request is traced under the address of the client', async () => {
  const server = await behind('127.0.0.1')
  const client = new RawClient(server.port).send(post('{}', CLIENT).replace('POST /', 'POST /elsewhere'))
  assert.equal((await client.answers(1))[0]?.status, 404)
  assert.deepEqual(
    server.refusals.map(({ code, sourceIp }) => [code, sourceIp]),
    [['UnknownOperationException', '192.0.2.1']],
  )
})
