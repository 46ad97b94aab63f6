import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAdminAddress } from '../../../src/host/admin/address.ts'

const READ: Readonly<Record<string, unknown>> = {
  off: 'off',
  '127.0.0.1:9670': { host: '127.0.0.1', port: 9670 },
  '[::1]:0': { host: '::1', port: 0 },
  'localhost:1': { host: 'localhost', port: 1 },
  'unix:/run/keyhold/admin.sock': { path: '/run/keyhold/admin.sock' },
}
for (const [text, address] of Object.entries(READ)) {
  test(`${text} is a place for an admin listener`, () => assert.deepEqual(parseAdminAddress(text), address))
}

for (const text of ['', '9670', 'https://127.0.0.1:9670', 'example.com:9670', 'unix:', 'unix:/a?mode=0666', 'on']) {
  test(`${JSON.stringify(text)} is none`, () => {
    assert.throws(() => parseAdminAddress(text), {
      name: 'AdminListenerError',
      message: /Use HOST:PORT, unix:PATH or off\.$/,
    })
  })
}
