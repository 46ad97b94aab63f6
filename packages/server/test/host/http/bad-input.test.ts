import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { answer, post, RawClient, serve } from './fixture.ts'

const TOO_LARGE = { __type: 'RequestEntityTooLargeException', message: 'The request is too large.' }
const handled: string[] = []
const handle = async ({ body }: RawRequest) => {
  handled.push(Buffer.from(body).toString())
  return answer('{}')
}

function handledSince(start: number): string[] {
  return handled.slice(start)
}

async function stillAnswers(port: number): Promise<void> {
  assert.equal((await new RawClient(port).send(post('after')).answers(1))[0]?.status, 200)
}

test('a body that declares itself too large is refused before it is sent', async () => {
  const { port } = await serve(handle, { bodyBytes: 1000 })
  const client = new RawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n')
  const [one] = await client.answers(1)
  assert.equal(one?.status, 413)
  assert.equal(one?.headers.get('Connection'), 'close')
  assert.deepEqual(JSON.parse(one?.body ?? ''), TOO_LARGE)
  await client.closed
  assert.equal((await new RawClient(port).send(post('x'.repeat(1000))).answers(1))[0]?.status, 200)
})

test('a body that turns out too large is refused, and the client still sees why', async () => {
  const { port } = await serve(handle, { bodyBytes: 1000 })
  const start = handled.length
  const client = new RawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (let sent = 0; sent < 40; sent += 1) client.send(`ffff\r\n${'x'.repeat(0xffff)}\r\n`)
  const [one] = await client.answers(1)
  assert.equal(one?.status, 413)
  await client.closed
  assert.deepEqual(handledSince(start), [])
})

test('100-continue is given to a body within the limit and not to a larger one', async () => {
  const { port } = await serve(handle, { bodyBytes: 1000 })
  const expecting = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`
  const small = new RawClient(port).send(expecting(5))
  assert.equal((await small.answers(1))[0]?.status, 100)
  assert.equal((await small.send('hello').answers(1))[0]?.status, 200)
  assert.equal((await new RawClient(port).send(expecting(1001)).answers(1))[0]?.status, 413)
})

test('100-continue is given to a pipelined request in its turn, and never into an answer', async () => {
  const { port } = await serve(async ({ body }) => {
    await sleep(20)
    return answer(Buffer.from(body).toString())
  })
  const expecting = 'POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n'
  const statusesAndBodies = async (client: RawClient, count: number): Promise<string[]> =>
    (await client.answers(count)).map(({ status, body }) => `${status}${body}`)
  const waiting = new RawClient(port).send(`${expecting}first${expecting}`)
  assert.deepEqual(await statusesAndBodies(waiting, 3), ['100', '200first', '100'])
  assert.deepEqual(await statusesAndBodies(waiting.send('other'), 1), ['200other'])
  const whole = new RawClient(port).send(`${expecting}first${expecting}other`)
  assert.deepEqual(await statusesAndBodies(whole, 3), ['100', '200first', '200other'])
})

test('a request with another expectation is answered and counted as any other', async () => {
  const { port, refusals } = await serve(handle, { unproven: 4 })
  const one = new RawClient(port).send(post('', ['Expect: more']))
  assert.equal((await one.answers(1))[0]?.status, 200)
  const flood = new RawClient(port).send(post('', ['Expect: more']).repeat(200))
  await flood.closed
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ['TooManyRequests'],
  )
})

test('headers over the limit are refused', async () => {
  const { port } = await serve(handle)
  const client = new RawClient(port).send(post('', [`X-Long: ${'x'.repeat(17 * 1024)}`]))
  const [one] = await client.answers(1)
  assert.equal(one?.status, 431)
  await client.closed
})

const REFUSED: Record<string, string> = {
  'both a length and a transfer encoding': post('0\r\n\r\n', ['Transfer-Encoding: chunked']),
  'two different lengths': post('abc', ['Content-Length: 4']),
  'the same length twice': post('abc', ['Content-Length: 3']),
  'an encoding that only looks chunked': 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'a space before the colon': post('abc', ['X-A : b']),
  'a folded header': post('abc', ['X-A: b\r\n c']),
  'a bare line feed between headers': 'POST / HTTP/1.1\nHost: h\nContent-Length: 0\n\n',
  'a control character in a header': post('abc', ['X-A: b\x00c']),
  'a negative length': 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n',
  'no Host': 'POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n',
  'two Hosts': 'POST / HTTP/1.1\r\nHost: h\r\nHost: h\r\nContent-Length: 0\r\n\r\n',
  'something that is not HTTP': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`a request with ${what} is refused and closes the connection`, async () => {
    const { port } = await serve(handle)
    const start = handled.length
    const client = new RawClient(port).send(text)
    await client.closed
    // node:http has already announced some of these when it finds the fault: then the connection closes without a word.
    assert.match(client.text, /^$|^HTTP\/1\.1 400 /)
    assert.deepEqual(handledSince(start), [])
    await stillAnswers(port)
  })
}

test('garbage behind a whole request does not cut into its answer', async () => {
  const { port } = await serve(async () => {
    await sleep(20)
    return answer('{}')
  })
  const client = new RawClient(port).send(`${post('')}garbage\r\n\r\n`)
  await client.closed
  assert.ok(client.text === '' || /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n\{\}$/s.test(client.text), client.text)
  await stillAnswers(port)
})

test('a client that leaves in the middle of its body is forgotten', async () => {
  const { port, errors } = await serve(handle)
  const start = handled.length
  const client = new RawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf')
  await sleep(30)
  client.socket.resetAndDestroy()
  const other = new RawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf')
  other.socket.end()
  await other.closed
  assert.deepEqual(handledSince(start), [])
  assert.deepEqual(errors, [])
  await stillAnswers(port)
})

test('a slow sender is cut off', async () => {
  const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600 }
  const { port } = await serve(handle, limits)
  const start = handled.length
  const slowHeaders = new RawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\n')
  const slowBody = new RawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nx')
  assert.equal((await slowHeaders.answers(1))[0]?.status, 408)
  await Promise.all([slowHeaders.closed, slowBody.closed])
  assert.deepEqual(handledSince(start), [])
})

test('requests before bytes that are none are answered, in whatever pieces they come, and then the connection ends', async () => {
  const { port } = await serve(handle)
  for (const bad of ['NONSENSE\r\n\r\n', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n', '\0']) {
    const client = new RawClient(port).send(`${post('good')}${post('too')}${bad}`)
    assert.deepEqual(
      (await client.answers(2)).map(({ status }) => status),
      [200, 200],
    )
    await client.closed
  }
  await stillAnswers(port)
})

test('a request that breaks off in bytes that are none is not waited for', async () => {
  const { port } = await serve(handle)
  const broken = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'
  const client = new RawClient(port).send(`${post('good')}${broken}`)
  assert.equal((await client.answers(1))[0]?.status, 200)
  await client.closed
})
