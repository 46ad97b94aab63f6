import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { answer, post, RawClient, serve } from './fixture.ts'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const echo = async ({ body }: RawRequest) => answer(Buffer.from(body).toString())

test('a request reaches its handler as it was sent', async () => {
  let seen: RawRequest | undefined
  let body = ''
  const { port } = await serve(async (request) => {
    seen = request
    body = Buffer.from(request.body).toString()
    return answer('{}')
  })
  const text = post('{"a":1}', ['X-Twice: a', 'x-twice: \xe9']).replace('POST /', 'POST /?b=%20&a?')
  await new RawClient(port).send(text).answers(1)
  const { method, path, query, headers, sourceIp, requestId, receivedAtMs } = seen ?? assert.fail()
  assert.deepEqual([method, path, query, sourceIp, body], ['POST', '/', 'b=%20&a?', '127.0.0.1', '{"a":1}'])
  assert.deepEqual(headers.get('x-twice'), ['a', '\xe9'])
  assert.match(requestId, UUID_V4)
  assert.ok(Math.abs(receivedAtMs - Date.now()) < 5000)
})

test('an answer carries its status, its length and the request id under the names that clients look for', async () => {
  let id = ''
  const { port } = await serve(async (request) => {
    id = request.requestId
    return answer('{"ü":1}', 400)
  })
  const [one] = await new RawClient(port).send(post('')).answers(1)
  assert.equal(one?.status, 400)
  assert.equal(one?.body, '{"ü":1}')
  assert.equal(one?.headers.get('Content-Length'), '8')
  assert.equal(one?.headers.get('Content-Type'), 'application/x-amz-json-1.1')
  assert.equal(one?.headers.get('x-amzn-RequestId'), id)
  assert.ok(one?.headers.has('Date'))
})

test('a body in chunks or in many packets arrives whole', async () => {
  const { port } = await serve(echo)
  const client = new RawClient(port).send(
    'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
  )
  await sleep(20)
  client.send('2\r\nde\r\n0\r\n\r\n')
  assert.equal((await client.answers(1))[0]?.body, 'abcde')
  for (const letter of post('xyz')) client.send(letter)
  assert.equal((await client.answers(1))[0]?.body, 'xyz')
})

test('the request body is zeros once the request is answered', async () => {
  const bodies: Uint8Array[] = []
  const { port } = await serve(async (request) => {
    bodies.push(request.body)
    return echo(request)
  })
  const client = new RawClient(port)
  const [small] = await client.send(post('secret')).answers(1)
  const [large] = await client.send(post('secret'.repeat(100_000))).answers(1)
  assert.equal(small?.body, 'secret')
  assert.equal(large?.body.length, 600_000)
  assert.equal(bodies.length, 2)
  for (const body of bodies) assert.ok(body.every((byte) => byte === 0))
})

for (const line of [
  'GET / HTTP/1.1',
  'POST /other HTTP/1.1',
  'DELETE / HTTP/1.1',
  'POST http://h/other HTTP/1.1',
  'POST ftp://h/ HTTP/1.1',
  'POST http:/// HTTP/1.1',
  'POST http://u@h/ HTTP/1.1',
  'OPTIONS * HTTP/1.1',
]) {
  test(`${line} is an unknown operation`, async () => {
    const { port } = await serve(echo)
    const [one] = await new RawClient(port).send(`${line}\r\nHost: h\r\n\r\n`).answers(1)
    assert.equal(one?.status, 404)
    assert.deepEqual(JSON.parse(one?.body ?? ''), { __type: 'UnknownOperationException' })
    assert.match(one?.headers.get('x-amzn-RequestId') ?? '', UUID_V4)
  })
}

for (const [target, path, query, host] of [
  ['http://other:1/?a=b', '/', 'a=b', 'other:1'],
  ['http://other?a=b?', '/', 'a=b?', 'other'],
  ['HTTPS://[::1]:5670', '/', '', '[::1]:5670'],
] as const) {
  test(`a target in absolute form names path, query and host, whatever Host says: ${target}`, async () => {
    const seen: RawRequest[] = []
    const { port } = await serve(async (request) => {
      seen.push(request)
      return answer('{}')
    })
    await new RawClient(port).send(post('').replace('POST /', `POST ${target}`)).answers(1)
    const [one] = seen
    assert.deepEqual([one?.path, one?.query, one?.headers.get('host')], [path, query, [host]])
  })
}

for (const version of ['HTTP/1.1', 'HTTP/1.0']) {
  test(`a request of ${version} without Host is answered with its id, and counted where it is refused`, async () => {
    const { port, refusals } = await serve(echo)
    const text = `POST / ${version}\r\nContent-Length: 2\r\n\r\n{}`
    const [one] = await new RawClient(port).send(text).answers(1)
    const isRefused = version === 'HTTP/1.1'
    assert.equal(one?.status, isRefused ? 400 : 200)
    if (isRefused)
      assert.equal(one?.body, '{"__type":"BadRequestException","message":"The request has no Host header."}')
    const id = one?.headers.get('x-amzn-RequestId') ?? ''
    assert.match(id, UUID_V4)
    assert.deepEqual(
      refusals.map(({ code, requestId }) => [code, requestId]),
      isRefused ? [['BadRequestException', id]] : [],
    )
  })
}

test('an expectation that cannot be met is answered with the request’s id', async () => {
  const { port } = await serve(echo)
  const [one] = await new RawClient(port).send(post('{}', ['Expect: 417-please'])).answers(1)
  assert.match(one?.headers.get('x-amzn-RequestId') ?? '', UUID_V4)
})

test('a GET asks by its query: without one it reaches no handler, unless it is signed', async () => {
  const routes = ['GET /']
  const { port, refusals } = await serve(echo, {}, undefined, routes)
  const requests = ['/ HTTP/1.1', '/?a HTTP/1.1', '/ HTTP/1.1\r\nAuthorization: x'].map(
    (rest) => `GET ${rest}\r\nHost: h`,
  )
  const answers = await new RawClient(port).send(`${requests.join('\r\n\r\n')}\r\n\r\n`).answers(3)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [404, 200, 200],
  )
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ['UnknownOperationException'],
  )
})

test('a bug in a handler is logged with its request and answered without a word about it', async () => {
  const { port, errors } = await serve(async () => {
    throw new Error('inner detail')
  })
  const [one] = await new RawClient(port).send(post('{}')).answers(1)
  assert.equal(one?.status, 500)
  assert.equal(one?.body, '{"__type":"KMSInternalException"}')
  const [[, fields]] = errors as [[string, { requestId: string; error: Error }]]
  assert.equal(fields.requestId, one?.headers.get('x-amzn-RequestId'))
  assert.equal(fields.error.message, 'inner detail')
})
