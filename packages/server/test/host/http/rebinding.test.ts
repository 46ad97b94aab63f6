import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/platform/system-clock.ts'
import { refuseBrowsers } from '../../../src/host/http/rebinding.ts'
import { answer, post, RawClient, serve } from './fixture.ts'

const FIREFOX = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

async function statusWith(headers: readonly string[]): Promise<number | undefined> {
  const { port } = await serve(refuseBrowsers(async () => answer('{}'), ['keyhold']))
  const [one] = await new RawClient(port).send(post('{}').replace('Host: localhost', headers.join('\r\n'))).answers(1)
  return one?.status
}

for (const host of ['localhost', 'LOCALHOST:5670', '127.0.0.1:5670', '[::1]:5670', '10.1.2.3', 'keyhold:80']) {
  test(`the development server answers under the name ${host}`, async () => {
    assert.equal(await statusWith([`Host: ${host}`]), 200)
  })
}

for (const host of ['evil.example', 'evil.example:5670', 'localhost.evil.example', '127.0.0.1.evil.example', '']) {
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
  const handle = refuseBrowsers(async () => answer('{}'), ['keyhold'])
  const { port } = await serve(handle, {}, systemClock, ['GET /'])
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
