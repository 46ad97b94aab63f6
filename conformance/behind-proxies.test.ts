/** The AWS SDK behind real proxies: policies and audit records see its address and scheme, and not those of the proxy. */
import assert from 'node:assert/strict'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { needs } from '../tools/testing/needs.ts'
import { keyhold } from '../tools/testing/keyhold.ts'
import { type Proxy, PROXY_ADDRESS, startHaproxy, startHaproxyV2, startNginx } from './proxies.ts'
import { refused } from './sdk.ts'
import { startServer, type TestServer } from './server.ts'

const CLIENT = '127.0.0.1'
const OTHER = '127.0.0.3'

let one: TestServer
before(async () => (one = await startServer(['--trusted-proxy', PROXY_ADDRESS])))
after(() => one.stop())

/** A client whose connections come from `localAddress`. `headers` are added after signing, as a client that lies adds them. */
function clientOf(endpoint: string, { ca = '', localAddress = CLIENT, headers = {}, server = one } = {}): KMSClient {
  const options = { localAddress, keepAlive: true }
  const requestHandler = { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent({ ...options, ca }) }
  const { region, credentials } = server
  const client = new KMSClient({ endpoint, region, credentials, maxAttempts: 1, requestHandler })
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, headers)
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low' },
  )
  return client
}

/** A key that encrypts only for requests over TLS from one address. */
async function keyFor(sourceIp: string, server = one): Promise<string> {
  const all = { Principal: { AWS: '*' }, Resource: '*' }
  const Statement = [
    { ...all, Effect: 'Allow', Action: 'kms:*' },
    { ...all, Effect: 'Deny', Action: 'kms:Encrypt', Condition: { NotIpAddress: { 'aws:SourceIp': sourceIp } } },
    { ...all, Effect: 'Deny', Action: 'kms:Encrypt', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const client = clientOf(server.endpoint, { server })
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Policy }))
  client.destroy()
  return KeyMetadata!.KeyId!
}

async function encrypts(client: KMSClient, KeyId: string): Promise<void> {
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('secret') }))
  client.destroy()
  assert(CiphertextBlob)
}

async function denied(client: KMSClient, KeyId: string): Promise<void> {
  await refused(encrypts(client, KeyId), { name: 'AccessDeniedException' })
  client.destroy()
}

/** What a client that lies says of itself. */
const LIES = { 'x-forwarded-for': OTHER, 'x-forwarded-proto': 'https', forwarded: `for=${OTHER};proto=https` }

const PROXIES: readonly [name: 'nginx' | 'haproxy', start: (upstream: string) => Promise<Proxy>][] = [
  ['nginx', startNginx],
  ['haproxy', startHaproxy],
]

for (const [name, start] of PROXIES) {
  test(`behind ${name} policies see the client's address and scheme`, { skip: needs(name) }, async () => {
    await using proxy = await start(one.endpoint)
    const [ours, others] = [await keyFor(CLIENT), await keyFor(OTHER)]
    await encrypts(clientOf(proxy.https, proxy), ours)
    await encrypts(clientOf(proxy.https, { ...proxy, localAddress: OTHER }), others)
    await denied(clientOf(proxy.https, { ...proxy, localAddress: OTHER }), ours)
    await denied(clientOf(proxy.http), ours)
    await denied(clientOf(one.endpoint), ours)
  })

  test(`behind ${name} nothing that a client says of itself counts`, { skip: needs(name) }, async () => {
    await using proxy = await start(one.endpoint)
    const [ours, others] = [await keyFor(CLIENT), await keyFor(OTHER)]
    await denied(clientOf(proxy.https, { ...proxy, headers: LIES }), others)
    await denied(clientOf(proxy.http, { headers: LIES }), ours)
    await denied(clientOf(one.endpoint, { headers: LIES }), others)
    await encrypts(clientOf(proxy.https, { ...proxy, headers: LIES }), ours)
  })

  test(`behind ${name} with another Host the error says what to configure`, { skip: needs(name) }, async () => {
    await using proxy = await start(one.endpoint)
    const client = clientOf(proxy.changing, proxy)
    await assert.rejects(encrypts(client, 'alias/any'), {
      name: 'InvalidSignatureException',
      message: /does not match .* The request came through a proxy: configure it to pass on the Host header/,
    })
    client.destroy()
  })

  test(`attack: no request behind ${name} is the answer to another client's`, { skip: needs(name) }, async () => {
    await using proxy = await start(one.endpoint)
    const port = Number(new URL(proxy.http).port)
    for (const smuggled of SMUGGLED) {
      await lastOf(port, smuggled)
      for (let turn = 0; turn < 2; turn++) {
        const victim = await lastOf(port, 'GET /victim HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
        assert.match(victim, /^HTTP\/1\.1 404 [^]*UnknownOperationException/, JSON.stringify(smuggled))
      }
    }
  })
}

test(
  'behind haproxy that speaks the PROXY protocol policies see the client, too',
  { skip: needs('haproxy') },
  async (t) => {
    const behind = await startServer(['--trusted-proxy', PROXY_ADDRESS, '--proxy-protocol'])
    t.after(() => behind.stop())
    await using proxy = await startHaproxyV2(behind.endpoint)
    const ours = await keyFor(CLIENT, behind)
    await encrypts(clientOf(proxy.https, { ...proxy, server: behind }), ours)
    await encrypts(clientOf(proxy.https, { ...proxy, server: behind, headers: LIES }), ours)
    await denied(clientOf(proxy.https, { ...proxy, server: behind, localAddress: OTHER }), ours)
    await denied(clientOf(proxy.http, { server: behind, headers: LIES }), ours)
    // Not from the proxy, so that it needs no header.
    await denied(clientOf(behind.endpoint, { server: behind, headers: LIES }), ours)
  },
)

test('the audit log names the client, also of refusals, and never the proxy', { skip: needs('nginx') }, async () => {
  await using proxy = await startNginx(one.endpoint)
  const key = await keyFor(OTHER)
  await encrypts(clientOf(proxy.https, { ...proxy, localAddress: OTHER }), key)
  const { stdout } = await keyhold(['audit', 'query', '--data', one.data, '--key', key, '--json'])
  const addresses = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { sourceIPAddress: string }).sourceIPAddress)
  assert.deepEqual(new Set(addresses), new Set([CLIENT, OTHER]))
})

const INNER = 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n'
const HEAD = 'POST / HTTP/1.1\r\nHost: h\r\n'

/** Requests that hide a second one in what some would read as the body of the first. */
const SMUGGLED = [
  `${HEAD}Content-Length: 0\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
  `${HEAD}Content-Length: ${INNER.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER}`,
  `${HEAD}Content-Length: ${5 + INNER.length}\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${INNER}`,
  `${HEAD}Content-Length: ${5 + INNER.length}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${INNER}`,
  `${HEAD}Content-Length: ${5 + INNER.length}\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER}`,
  `${HEAD}Content-Length: 0\r\nContent-Length : ${INNER.length}\r\n\r\n${INNER}`,
  `${HEAD}Content-Length: +${INNER.length}\r\n\r\n${INNER}`,
  `POST http://other/ HTTP/1.1\r\nHost: h\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`,
]

/** What comes back on a connection of its own until the proxy closes it, or sends nothing more for a while. */
async function lastOf(port: number, sent: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let received = ''
  const { promise: over, resolve } = Promise.withResolvers<void>()
  socket.setEncoding('latin1').setTimeout(QUIET_MS, resolve)
  socket
    .on('data', (text: string) => (received += text))
    .on('error', () => resolve())
    .on('close', () => resolve())
  socket.write(sent, 'latin1')
  await over
  socket.destroy()
  return received
}

/** How long an answer may take: without one a test that waits for the end would wait for the proxy's time-out. */
const QUIET_MS = 150
