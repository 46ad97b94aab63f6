import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseBrowsers } from '../../src/http/rebinding.ts'
import { answer, post, RawClient, serve } from './fixture.ts'

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
