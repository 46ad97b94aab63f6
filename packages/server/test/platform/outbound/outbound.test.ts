import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { setGlobalProxyFromEnv } from 'node:http'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { JsonValue } from '@keyhold/protocol'
import { createOutbound, type OutboundOptions } from '../../../src/platform/outbound/outbound.ts'
import { OutboundError, type OutboundProblem } from '../../../src/platform/outbound/outbound-error.ts'
import { sendJson, serveTls, temporaryFolder, type TlsServer } from '../../support/tls-server.ts'

const ANSWERS: Record<string, (response: ServerResponse) => void> = {
  '/json': (response) => sendJson(response, { keys: [] }),
  '/jwk-set': (response) => response.setHeader('Content-Type', 'Application/JWK-set+JSON').end('{"keys":[]}'),
  '/redirect': (response) => response.writeHead(302, { Location: '/json' }).end(),
  '/not-modified': (response) => response.writeHead(304).end(),
  '/missing': (response) => response.writeHead(404, { 'Content-Type': 'application/json' }).end('{}'),
  '/created': (response) => response.writeHead(201, { 'Content-Type': 'application/json' }).end('{}'),
  '/html': (response) => response.setHeader('Content-Type', 'text/html').end('{}'),
  '/untyped': (response) => response.end('{}'),
  '/script': (response) => response.setHeader('Content-Type', 'text/javascript+application/json').end('{}'),
  '/gzip': (response) =>
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(gzipSync('{}')),
  '/64-KiB': (response) => sendText(response, JSON.stringify('x'.repeat(64 * 1024 - 2))),
  '/64-KiB-and-one': (response) => sendText(response, JSON.stringify('x'.repeat(64 * 1024 - 1))),
  '/65-KiB-in-chunks': (response) => {
    response.setHeader('Content-Type', 'application/json').write('"')
    for (let sent = 0; sent < 65; sent += 1) response.write('x'.repeat(1024))
    response.end('"')
  },
  '/not-json': (response) => sendText(response, '{"evil\u001b[31m": '),
  '/twice': (response) => sendText(response, '{"issuer":"a","issuer":"b"}'),
  '/cut-off': (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 }).write('{}')
    setImmediate(() => response.destroy())
  },
  '/upgrade': (response) => response.writeHead(101, { Upgrade: 'x', Connection: 'Upgrade' }).end(),
  '/silent': () => undefined,
  '/slow': (response) => {
    response.setHeader('Content-Type', 'application/json').write(' ')
    const drip = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(drip))
  },
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text)
}

const server = await serveTls((request, response) => ANSWERS[request.url ?? '']?.(response))

/** On a machine that is busy with other tests too, a call that ends well may take longer than a server would wait. */
const PATIENT_MS = 30_000

interface Call extends Partial<OutboundOptions> {
  to?: TlsServer
  path?: string
  host?: string
  internal?: boolean
  caFile?: string | undefined
  addresses?: readonly string[]
}

/** Calls a test server under the name issuer.test, as it may be called unless `call` says otherwise. */
function get(call: Call = {}): Promise<JsonValue> {
  const { to = server, path = '/json', host = `issuer.test:${to.port}`, internal = true } = call
  const { caFile = to.caFile, addresses = ['127.0.0.1'], ...options } = call
  const resolve = async (): Promise<readonly string[]> => addresses
  return createOutbound({
    allowedHosts: [{ host, internal, caFile }],
    resolve,
    timeoutMs: PATIENT_MS,
    ...options,
  }).getJson(`https://issuer.test:${to.port}${path}`)
}

async function refused(call: Promise<unknown>, code: OutboundProblem): Promise<OutboundError> {
  const error: unknown = await call.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof OutboundError, String(error))
  assert.equal(error.code, code, error.message)
  assert.equal(error.cause, undefined)
  assert.match(error.message, /^[\x20-\x7e]{1,400}$/)
  return error
}

test('a JSON document of an allowed host is returned', async () => {
  assert.deepEqual(JSON.stringify(await get()), '{"keys":[]}')
  assert.deepEqual(JSON.stringify(await get({ path: '/jwk-set' })), '{"keys":[]}')
})

test('an answer may have 64 KiB and not a byte more, announced or not', async () => {
  assert.equal(String(await get({ path: '/64-KiB' })).length, 64 * 1024 - 2)
  await refused(get({ path: '/64-KiB-and-one' }), 'too-large')
  await refused(get({ path: '/65-KiB-in-chunks' }), 'too-large')
})

const BAD_ANSWERS: Record<string, OutboundProblem> = {
  '/redirect': 'redirect',
  '/not-modified': 'redirect',
  '/missing': 'status',
  '/created': 'status',
  '/html': 'content-type',
  '/untyped': 'content-type',
  '/script': 'content-type',
  '/gzip': 'encoded',
  '/not-json': 'malformed',
  '/twice': 'malformed',
  '/cut-off': 'unreachable',
  '/upgrade': 'unreachable',
}

for (const [path, code] of Object.entries(BAD_ANSWERS)) {
  test(`the answer ${path} is refused as '${code}', in a sentence without the other side's words`, async () => {
    const { message } = await refused(get({ path }), code)
    assert.doesNotMatch(message, /evil|issuer"/)
  })
}

test('a redirect is not followed', async () => {
  const before = server.paths.length
  await refused(get({ path: '/redirect' }), 'redirect')
  assert.deepEqual(server.paths.slice(before), ['/redirect'])
})

for (const path of ['/silent', '/slow']) {
  test(`the time of a call covers its body to the end: ${path}`, async () => {
    await refused(get({ path, timeoutMs: 200 }), 'timeout')
  })
}

test('the time of a call covers the look-up of its host', async () => {
  const hanging = Promise.withResolvers<readonly string[]>()
  // The deadline alone keeps no process alive.
  const kept = setTimeout(() => undefined, 5000)
  await refused(get({ resolve: () => hanging.promise, timeoutMs: 50 }), 'timeout')
  clearTimeout(kept)
})

test('a call takes two seconds at most unless told otherwise', async () => {
  const startedMs = performance.now()
  const { message } = await refused(get({ path: '/slow', timeoutMs: undefined }), 'timeout')
  assert.ok(performance.now() - startedMs > 1900)
  assert.equal(message, `issuer.test:${server.port} did not respond within 2000 ms.`)
})

test('a caller can call a call off, before and while it runs', async () => {
  const { port, caFile } = server
  const allowedHosts = [{ host: `127.0.0.1:${port}`, internal: true, caFile }]
  const outbound = createOutbound({ allowedHosts })
  const url = `https://127.0.0.1:${port}/silent`
  await refused(outbound.getJson(url, { signal: AbortSignal.abort() }), 'aborted')
  await refused(outbound.getJson(url, { signal: AbortSignal.timeout(50) }), 'aborted')
})

test('an address in place of a name is called without a look-up, if it is allowed', async () => {
  const { port, caFile } = server
  const resolve = (): never => assert.fail('it was looked up')
  const url = `https://127.0.0.1:${port}/json`
  const internal = createOutbound({ allowedHosts: [{ host: `127.0.0.1:${port}`, internal: true, caFile }], resolve })
  assert.ok(await internal.getJson(url))
  const external = createOutbound({ allowedHosts: [{ host: `127.0.0.1:${port}`, caFile }], resolve })
  await refused(external.getJson(url), 'address-refused')
})

for (const host of ['other.test', 'issuer.test', 'issuer.test:1', 'sub.issuer.test', 'issuer.test.']) {
  test(`permission to call ${host} is none to call another host or port`, async () => {
    await refused(get({ host }), 'host-not-allowed')
  })
}

test('only https: URLs without credentials are called', async () => {
  const outbound = createOutbound({ allowedHosts: [{ host: 'issuer.test' }] })
  for (const url of ['http://issuer.test/', 'ftp://issuer.test/', 'file:///etc/passwd', 'issuer.test', '']) {
    await refused(outbound.getJson(url), 'invalid-url')
  }
  await refused(outbound.getJson('https://user@issuer.test/'), 'invalid-url')
  await refused(outbound.getJson('https://:secret@issuer.test/'), 'invalid-url')
})

for (const host of ['', 'a/b', 'user@a', 'a b', 'https://a', 'a?b', 'a#b', 'a:99999', 'a\\b', ' a', 'a\n']) {
  test(`${JSON.stringify(host)} cannot be an allowed host`, () => {
    assert.throws(() => createOutbound({ allowedHosts: [{ host }] }), TypeError)
  })
}

test('hosts are compared as URLs spell them, and described in one way', async () => {
  const outbound = createOutbound({ allowedHosts: [{ host: 'Issuer.Test:443' }], resolve: async () => [] })
  await refused(outbound.getJson('https://ISSUER.test/'), 'unresolvable')
  const twice = [{ host: 'a', internal: true }, { host: 'A:443' }]
  assert.throws(() => createOutbound({ allowedHosts: twice }), /two different entries/)
  createOutbound({ allowedHosts: [{ host: 'a', internal: false }, { host: 'A:443' }] })
})

for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '10.0.0.1', '::1', '169.254.169.254']) {
  test(`a host that is not internal may not have the address ${address}`, async () => {
    const before = server.paths.length
    await refused(get({ internal: false, addresses: [address] }), 'address-refused')
    await refused(get({ internal: false, addresses: ['1.1.1.1', address] }), 'address-refused')
    assert.equal(server.paths.length, before)
  })
}

for (const address of [
  '169.254.169.254',
  'fd00:ec2::254',
  '0.0.0.0',
  '::',
  'fe80::1%lo',
  'ff02::1',
  'evil\u001b[31m',
]) {
  test(`not even an internal host may have the address ${JSON.stringify(address)}`, async () => {
    const { message } = await refused(get({ addresses: [address] }), 'address-refused')
    assert.doesNotMatch(message, /evil/)
  })
}

test('a name is looked up once, and what was checked is what is connected to', async () => {
  const answers = [['127.0.0.1'], ['169.254.169.254']]
  let lookups = 0
  const resolve = async (): Promise<readonly string[]> => answers[lookups++] ?? []
  assert.ok(await get({ resolve }))
  assert.equal(lookups, 1)
})

test('when one of the addresses does not answer, another one is tried', async () => {
  assert.ok(await get({ addresses: ['127.0.0.77', '127.0.0.1'] }))
})

test('a name without an address, or that cannot be looked up, is refused', async () => {
  await refused(get({ addresses: [] }), 'unresolvable')
  await refused(get({ resolve: () => Promise.reject(new Error('evil')) }), 'unresolvable')
})

test('a server that does not prove its name is refused', async () => {
  const wrongName = await serveTls((_, response) => sendJson(response, {}), { names: ['other.test'] })
  const expired = await serveTls((_, response) => sendJson(response, {}), {
    notAfter: new Date('2001-01-01T00:00:00Z'),
  })
  assert.match((await refused(get({ to: wrongName }), 'unreachable')).message, /ALTNAME/)
  assert.match((await refused(get({ to: expired }), 'unreachable')).message, /CERT_HAS_EXPIRED/)
  assert.match((await refused(get({ caFile: wrongName.caFile }), 'unreachable')).message, /SELF_SIGNED|UNABLE/)
  assert.deepEqual([...wrongName.paths, ...expired.paths], [])
})

test('certificates are verified though the environment says otherwise, and no proxy of its is used', async () => {
  const restore = setGlobalProxyFromEnv({ https_proxy: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' })
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    const other = await serveTls(() => undefined)
    await refused(get({ caFile: other.caFile }), 'unreachable')
    assert.ok(await get())
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    restore()
  }
})

test('a file of certificates that is missing, empty or no file is refused before anything is called', async () => {
  const folder = temporaryFolder()
  const empty = join(folder, 'empty.pem')
  writeFileSync(empty, '')
  const before = server.paths.length
  for (const caFile of [empty, folder, join(folder, 'missing.pem'), '/dev/zero'])
    await refused(get({ caFile }), 'ca-file')
  assert.equal(server.paths.length, before)
})

test('calls above the limit are refused at once, and one that has ended makes room', async () => {
  const { port, caFile } = server
  const allowedHosts = [{ host: `127.0.0.1:${port}`, internal: true, caFile }]
  const outbound = createOutbound({ allowedHosts, maxConcurrent: 2, timeoutMs: 300 })
  const url = (path: string): string => `https://127.0.0.1:${port}${path}`
  const running = [outbound.getJson(url('/silent')), outbound.getJson(url('/silent'))]
  await refused(outbound.getJson(url('/json')), 'busy')
  await Promise.all(running.map((call) => refused(call, 'timeout')))
  assert.ok(await outbound.getJson(url('/json')))
})

test('an answer is asked for without credentials, cookies or compression', async () => {
  let seen: readonly string[] = []
  const curious = await serveTls((request, response) => {
    seen = Object.keys(request.headers).toSorted()
    assert.equal(request.headers['accept-encoding'], 'identity')
    sendJson(response, {})
  })
  await get({ to: curious })
  assert.deepEqual(seen, ['accept', 'accept-encoding', 'connection', 'host', 'user-agent'])
})
