import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/platform/system-clock.ts'
import { openAnswers } from '../../../src/host/http/open-answers.ts'
import { Origins } from '../../../src/host/http/origins.ts'
import { browserRefusal, hostNames } from '../../../src/host/http/rebinding.ts'
import { answer, type Fixture, post, RawClient, serve } from './fixture.ts'

const APP = 'http://app.example:3000'
const origins = Origins.of([APP])
const refusal = browserRefusal({ hosts: hostNames(['Keyhold', 'host.docker.internal']), origins })

/** What answers as a development server does. */
function development(answered?: readonly string[]): Promise<Fixture> {
  const rest = { origins, open: openAnswers(origins, refusal) }
  return serve(async (request) => refusal(request) ?? answer('{}'), {}, systemClock, answered, undefined, rest)
}

const FIREFOX = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

async function statusWith(headers: readonly string[]): Promise<number | undefined> {
  const { port } = await development()
  const [one] = await new RawClient(port).send(post('{}').replace('Host: localhost', headers.join('\r\n'))).answers(1)
  return one?.status
}

for (const host of [
  'localhost',
  'LOCALHOST:5670',
  '127.0.0.1:5670',
  '[::1]:5670',
  '10.1.2.3',
  'keyhold:80',
  'KEYHOLD',
  'host.docker.internal:5670',
]) {
  test(`the development server answers under the name ${host}`, async () => {
    assert.equal(await statusWith([`Host: ${host}`]), 200)
  })
}

for (const host of [
  'evil.example',
  'evil.example:5670',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'keyhold.evil.example',
  'evil.keyhold',
  '',
]) {
  test(`the development server refuses requests for '${host}'`, async () => {
    assert.equal(await statusWith([`Host: ${host}`]), 403)
  })
}

for (const origin of ['http://evil.example', 'http://localhost:5670', 'null']) {
  test(`the development server refuses the web page ${origin}`, async () => {
    assert.equal(await statusWith(['Host: localhost', `Origin: ${origin}`]), 403)
  })
}

for (const header of ['Sec-Fetch-Site: cross-site', 'sec-fetch-site: same-origin', 'Referer: http://evil.example/']) {
  test(`the development server refuses what a page shows, such as an image: ${header}`, async () => {
    assert.equal(await statusWith(['Host: localhost', header]), 403)
  })
}

test('the development server answers an address that its user typed', async () => {
  assert.equal(await statusWith(['Host: localhost', 'Sec-Fetch-Site: none']), 200)
})

async function statusOfGet(headers: readonly string[]): Promise<number | undefined> {
  const { port } = await development(['GET /'])
  const [one] = await new RawClient(port).send(`GET /?a HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`).answers(1)
  return one?.status
}

for (const host of ['0.0.0.0:5670', '[::ffff:7f00:1]:5670', '192.168.1.5:5670', 'keyhold:5670', 'localhost:5670']) {
  test(`the development server refuses what a page shows without saying so, at ${host}`, async () => {
    assert.equal(await statusOfGet([`Host: ${host}`, FIREFOX]), 403)
    assert.equal(await statusOfGet([`Host: ${host}`, FIREFOX, 'Sec-Fetch-Site: none']), 200)
  })
}

for (const client of ['curl/8.5.0', 'Wget/1.21', 'node', 'python-requests/2.32']) {
  test(`the development server answers a GET of ${client}`, async () => {
    assert.equal(await statusOfGet(['Host: 127.0.0.1', `User-Agent: ${client}`]), 200)
  })
}

test('the development server answers pages of an allowed origin, by a name that it has', async () => {
  const page = [`Origin: ${APP}`, `Referer: ${APP}/`, 'Sec-Fetch-Site: cross-site', FIREFOX]
  assert.equal(await statusWith(['Host: localhost', ...page]), 200)
  assert.equal(await statusWith(['Host: keyhold:5670', ...page]), 200)
  assert.equal(await statusWith(['Host: evil.example', ...page]), 403)
  assert.equal(await statusWith(['Host: localhost', ...page, 'Origin: http://evil.example']), 403)
  for (const other of [`${APP}0`, 'http://app.example', 'https://app.example:3000', 'http://evil.app.example:3000']) {
    assert.equal(await statusWith(['Host: localhost', `Origin: ${other}`]), 403)
  }
})

async function told(head: string): Promise<string> {
  const { port } = await development()
  const [one] = await new RawClient(port).send(`${head}\r\n\r\n`).answers(1)
  return `${one?.status} ${one?.headers.get('Access-Control-Allow-Origin')} ${one?.body.trim()}`
}

test('the check of health of a development server is refused to pages and other names, and says how to allow them', async () => {
  assert.equal(
    await told('GET /healthz HTTP/1.1\r\nHost: keyhold:5670\r\nUser-Agent: curl'),
    '200 undefined {"status":"ok"}',
  )
  assert.match(await told('GET /healthz HTTP/1.1\r\nHost: kms:5670'), /^403 undefined .*host names.*--allow-host/)
  assert.match(
    await told('GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a.example'),
    /^403 undefined .*--allow-origin/,
  )
  assert.match(await told(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${FIREFOX}`), /^403/)
})

test('a preflight is answered to allowed origins by a name that the server has', async () => {
  const preflight = (host: string, origin: string): Promise<string> =>
    told(`OPTIONS / HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: POST`)
  assert.equal(await preflight('localhost', APP), `200 ${APP} `)
  assert.match(await preflight('evil.example', APP), /^403/)
  assert.match(await preflight('localhost', 'http://evil.example'), /^404 undefined/)
})

for (const text of ['keyhold:5670', 'http://keyhold', '*', '*.example', '', 'a b', '-a', 'a..b', 'x'.repeat(64)]) {
  test(`'${text}' is refused as a host name`, () => {
    assert.throws(() => hostNames(['keyhold', text]), { name: 'HostNameError', message: /is not a host name/ })
  })
}
