import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import {
  type AdminDeed,
  type AdminHandle,
  type AdminListening,
  isLoopback,
  listenForAdmin,
  text,
} from '../../../src/host/admin/listener.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const errors: unknown[] = []
const handles = new Map<string, AdminHandle>([
  ['/livez', () => text(200, 'ok\n')],
  ['/bug', () => Promise.reject(new Error('the secret reason'))],
])
const did: string[] = []
const deeds = new Map<string, AdminDeed>([
  [
    '/deed',
    async (body, channel) => {
      did.push(`${channel} ${body.toString()}`)
      bodies.push(body)
      return text(200, 'done\n')
    },
  ],
])
const bodies: Buffer[] = []
let listening: AdminListening
let port: number

before(async () => {
  const logger = { ...silentLogger, error: (...what: unknown[]) => void errors.push(what) }
  listening = await listenForAdmin({ host: '127.0.0.1', port: 0 }, { handles, deeds }, logger)
  port = Number(new URL(listening.address).port)
})
after(() => listening.close())

/** What comes back for these bytes, until the listener closes the connection. */
async function raw(bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.end(bytes)
  return textOf(socket)
}

function get(target: string, ...headers: string[]): Promise<string> {
  const lines = [`GET ${target} HTTP/1.1`, ...(headers.length > 0 ? headers : ['Host: 127.0.0.1']), '', '']
  return raw(lines.join('\r\n'))
}

function post(target: string, body: string, ...headers: string[]): Promise<string> {
  const lines = [`POST ${target} HTTP/1.1`, 'Host: localhost', `Content-Length: ${body.length}`, ...headers, '', body]
  return raw(lines.join('\r\n'))
}

test('a deed gets its body and who can have sent it, and the body is overwritten', async () => {
  assert.match(await post('/deed', 'a passphrase'), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\ndone\n$/)
  assert.deepEqual(did, ['loopback a passphrase'])
  assert.deepEqual([...(bodies[0] ?? [])], [...Buffer.alloc(12)])
})

test('GET and HEAD are answered, with or without a query', async () => {
  const answer = await get('/livez?verbose=1')
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(answer, /\r\n\r\nok\n$/)
  const head = await raw('HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
  assert.match(head, /^HTTP\/1\.1 200 OK\r\n.*Content-Length: 3\r\n/s)
  assert.match(head, /\r\n\r\n$/)
})

const REFUSED: Readonly<Record<string, readonly [status: number, answer: () => Promise<string>]>> = {
  'another path': [404, () => get('/')],
  'a path above another one': [404, () => get('/livez/../bug/..')],
  'a method that changes something': [405, () => raw('POST /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  'a deed that is only asked for': [404, () => get('/deed')],
  'a deed of a web page': [403, () => post('/deed', 'x', 'Origin: null')],
  'a deed with a large body': [
    413,
    () => raw('POST /deed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16385\r\n\r\n'),
  ],
  'a web page of another origin': [403, () => get('/livez', 'Host: localhost', 'Origin: https://example.com')],
  'a web page whose own name leads here': [403, () => get('/livez', `Host: rebound.example.com:${port}`)],
  'a host that only begins with an address': [403, () => get('/livez', 'Host: 127.0.0.1.example.com')],
  'no host': [400, () => raw('GET /livez HTTP/1.1\r\n\r\n')],
  'long headers': [431, () => get('/livez', 'Host: localhost', `X-Long: ${'a'.repeat(9000)}`)],
  'what is no HTTP': [400, () => raw('\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03')],
}

for (const [name, [status, answer]] of Object.entries(REFUSED)) {
  test(`${name} is refused with ${status}`, async () => {
    assert.match(await answer(), new RegExp(`^HTTP/1\\.1 ${status} `))
  })
}

test('addresses and localhost are accepted as the host', async () => {
  for (const host of ['127.0.0.1', `127.0.0.1:${port}`, 'localhost', 'LOCALHOST:1', '[::1]', '[::1]:80']) {
    assert.match(await get('/livez', `Host: ${host}`), /^HTTP\/1\.1 200 /, host)
  }
})

test('a body is not read: the connection closes after the answer', async () => {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nGET /bug')
  const answer = await textOf(socket)
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n/s)
  assert.equal(answer.split('HTTP/1.1').length, 2)
})

test('a bug is logged, and its reason is not answered', async () => {
  const answer = await get('/bug')
  assert.match(answer, /^HTTP\/1\.1 500 /)
  assert.doesNotMatch(answer, /secret reason/)
  assert.match(JSON.stringify(errors), /because of a bug/)
})

test('an address that is in use is said to be, and whose it was to be', async () => {
  await assert.rejects(listenForAdmin({ host: '127.0.0.1', port }, { handles, deeds }, silentLogger), {
    name: 'AdminListenerError',
    message: `The admin listener cannot listen on 127.0.0.1:${port}: the address is in use.`,
  })
})

test('more connections than it has room for are closed, and it answers again when there is room', async () => {
  const open = await Promise.all(
    Array.from({ length: 32 }, async () => {
      const socket = connect({ port, host: '127.0.0.1' })
      await once(socket, 'connect')
      return socket
    }),
  )
  await new Promise((resolve) => setImmediate(resolve))
  const further = connect({ port, host: '127.0.0.1' }).on('error', () => undefined)
  await once(further, 'close')
  assert.equal(further.bytesRead, 0)
  for (const socket of open) {
    socket.destroy()
    await once(socket, 'close')
  }
  let answer = ''
  while (!answer.startsWith('HTTP/1.1 200 ')) answer = await get('/livez').catch(() => '')
})

test('only addresses of this machine are loopback', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.com', 'example.com', '']) {
    assert.ok(!isLoopback(host), host)
  }
})

test('a connection has one request in work: with further ones it is cut', async () => {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  const request = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'
  socket.write(request)
  const [first] = (await once(socket, 'data')) as [Buffer]
  assert.match(first.toString(), /200 OK/)
  socket.write(request)
  await once(socket, 'data')
  const closed = once(socket, 'close')
  socket.write(request.repeat(100))
  await closed
})
