import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect as connectTcp } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { selfSigned } from '../../../../tools/testing/certificate.ts'
import { kms } from '../../src/index.ts'
import { requireProxies } from '../../src/node/proxy.ts'

const KEY = { KeyMetadata: { KeyId: 'id' } }
const { key, certificate } = selfSigned({ names: ['kms.invalid', 'localhost'] })

describe('a proxy for https', () => {
  let connected: string[] = []
  let refuses = false
  const sockets = new Set<Socket>()
  const server = createTlsServer({ key, cert: certificate }, (request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify(KEY)))
  })
  // It believes that every host is our server.
  const proxy = createHttpServer().on('connect', (request, client: Socket) => {
    connected.push(request.url!)
    if (refuses) return client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const upstream = connectTcp((server.address() as AddressInfo).port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined))
    return client
  })
  before(async () => {
    for (const each of [server, proxy] as Server[]) await once(each.listen(0, '127.0.0.1'), 'listening')
  })
  beforeEach(() => {
    connected = []
    refuses = false
  })
  after(() => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    server.close()
    proxy.closeAllConnections()
    proxy.close()
  })

  async function ask(NO_PROXY: string, host = 'kms.invalid'): Promise<unknown> {
    const { port } = server.address() as AddressInfo
    const connection = kms({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      endpoint: `https://${host}:${port}`,
      ca: certificate,
      proxyEnv: { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, NO_PROXY },
      retry: { maxAttempts: 1 },
    })
    return connection.call('DescribeKey', { KeyId: 'x' })
  }

  test('is asked for a tunnel, in which the server’s certificate is verified', async () => {
    assert.deepEqual(await ask(''), KEY)
    assert.match(connected.join(), /^kms\.invalid:\d+$/)
    await assert.rejects(ask('', 'other.invalid'), { code: 'UNREACHABLE' })
  })

  test('that refuses is an error, and no way around it is taken', async () => {
    refuses = true
    await assert.rejects(ask('', 'localhost'), { code: 'UNREACHABLE' })
    assert.equal(connected.length, 1)
  })

  for (const exceptions of ['localhost', 'kms.example,localhost', '*', 'LOCALHOST']) {
    test(`is not asked if NO_PROXY is ${exceptions}`, async () => {
      assert.deepEqual(await ask(exceptions, 'localhost'), KEY)
      assert.deepEqual(connected, [])
    })
  }

  for (const others of ['other.invalid', 'ms.invalid', 'invalid.example']) {
    test(`is asked if NO_PROXY is ${others}`, async () => {
      assert.deepEqual(await ask(others), KEY)
      assert.equal(connected.length, 1)
    })
  }
})

test('a runtime that would pass the proxy by is refused, unless NO_PROXY names the host', () => {
  const env = { HTTPS_PROXY: 'http://proxy.example', NO_PROXY: 'here.example,.inside.example,*.below.example' }
  const asked =
    (host: string, more: NodeJS.ProcessEnv = {}, canUse = false) =>
    (): void =>
      requireProxies({ ...env, ...more }, new URL(`https://${host}`), canUse)
  for (const host of ['kms.example', 'nothere.example', 'inside.example', 'here.example.org']) {
    assert.throws(asked(host), { code: 'UNREACHABLE', message: /HTTPS_PROXY names a proxy, and this runtime/ }, host)
  }
  for (const host of ['here.example', 'kms.inside.example', 'kms.below.example']) asked(host)()
  asked('kms.example', { NO_PROXY: '*' })()
  asked('kms.example', {}, true)()
  asked('kms.example', { HTTPS_PROXY: '' })()
  requireProxies(env, new URL('http://kms.example'), false)
  requireProxies(undefined, new URL('https://kms.example'), false)
})
