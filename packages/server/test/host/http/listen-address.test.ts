import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  endpointOf,
  isLocal,
  type ListenAddress,
  ListenError,
  parseListenAddress,
} from '../../../src/host/http/listen-address.ts'

const READ: Readonly<Record<string, ListenAddress>> = {
  '127.0.0.1:5670': { host: '127.0.0.1', port: 5670 },
  '0.0.0.0:0': { host: '0.0.0.0', port: 0 },
  'localhost:1': { host: 'localhost', port: 1 },
  '[::]:8443': { host: '::', port: 8443 },
  '[2001:db8::1]:443': { host: '2001:db8::1', port: 443 },
  '[fe80::1%eth0]:443': { host: 'fe80::1%eth0', port: 443 },
  'http://10.0.0.1:80': { host: '10.0.0.1', port: 80, protocol: 'http' },
  'https://[::1]:443': { host: '::1', port: 443, protocol: 'https' },
  'unix:/run/keyhold.sock': { path: '/run/keyhold.sock' },
  'unix:a,b?mode=0660': { path: 'a,b', mode: 0o660 },
  'unix:a?mode=666': { path: 'a', mode: 0o666 },
  'unix:a?mode=888': { path: 'a?mode=888' },
}

test('addresses to listen on are read', () => {
  for (const [text, address] of Object.entries(READ)) assert.deepEqual(parseListenAddress(text), address, text)
})

const NO_ADDRESSES =
  '|:|5670|:5670|*:5670|127.0.0.1|127.0.0.1:|127.0.0.1:65536|127.0.0.1:-1|127.0.0.1: 1|127.1:80|0x7f.0.0.1:80|::1:80|' +
  '[::1]|[127.0.0.1]:80|[localhost]:80|kms.example.com:443|ftp://127.0.0.1:80|https://127.0.0.1:80/|127.0.0.1:80\n|' +
  'unix:|unix:?mode=0600|unix:a\0b'

test('what is no address is refused with the forms that there are', () => {
  for (const text of NO_ADDRESSES.split('|')) {
    assert.throws(
      () => parseListenAddress(text),
      (error) => error instanceof ListenError && /unix:PATH/.test(error.message),
      text,
    )
  }
})

test('an endpoint is what a client on this machine connects to', () => {
  const secure = { port: 1, secure: true }
  assert.equal(endpointOf({ ...secure, host: '0.0.0.0' }), 'https://127.0.0.1:1')
  assert.equal(endpointOf({ ...secure, host: '::' }), 'https://[::1]:1')
  assert.equal(endpointOf({ host: '10.0.0.1', port: 1, secure: false }), 'http://10.0.0.1:1')
  assert.equal(endpointOf({ path: '/run/k', secure: false }), 'unix:/run/k')
})

test('only addresses of the loopback interface, and Unix sockets, are local', () => {
  const isLocalHost = (host: string): boolean => isLocal({ host, port: 1, secure: false })
  assert.ok(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'].every(isLocalHost))
  assert.ok(!['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', '::127.0.0.1', '2001:db8::1'].some(isLocalHost))
  assert.ok(isLocal({ path: '/run/k', secure: false }))
})
