import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { GONE } from '../../../src/host/http/peer/peer.ts'
import { DEFAULT_LIMITS } from '../../../src/host/http/limits.ts'
import { Connection, SLICE_BYTES } from '../../../src/host/http/connection.ts'
import { answer, post, RawClient, serve, type TrackedBody } from './fixture.ts'

const REQUESTS = 10_000
const PADDING = 'p'.repeat(280)

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 1000, 'waited too long')
    await sleep(10)
  }
}

/** Strangers send no more than a few requests without waiting for answers. */
const KNOWN = { unproven: 2000 }

test('ten thousand pipelined answers, read slowly, arrive intact and in order, and are then zeros', async () => {
  const bodies: TrackedBody[] = []
  let inWork = 0
  let mostInWork = 0
  const { port } = await serve(async ({ body }) => {
    inWork += 1
    mostInWork = Math.max(mostInWork, inWork)
    const given = answer(`${Buffer.from(body).toString()} ${PADDING}`)
    bodies.push(given.body)
    // Answers become ready out of order, as those that wait for a disk do.
    await sleep(Math.random() * 3)
    inWork -= 1
    return given
  }, KNOWN)

  const socket = connect({ port, host: '127.0.0.1' })
  for (let index = 0; index < REQUESTS; index += 1) socket.write(post(`request ${index}`))
  const chunks: Buffer[] = []
  let reads = 0
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    reads += 1
    if (reads % 4 === 0) await sleep(2)
    if (chunk.includes(`request ${REQUESTS - 1} `)) break
  }
  socket.destroy()

  const received = Buffer.concat(chunks).toString()
  const seen = [...received.matchAll(/\r\n\r\nrequest (\d+) (p+)/g)]
  assert.equal(seen.length, REQUESTS)
  assert.ok(seen.every(([, number], index) => Number(number) === index))
  assert.ok(seen.slice(0, -1).every(([, , padding]) => padding === PADDING))
  assert.doesNotMatch(received, /\0/)
  // The limit of 128 requests, and what one slice holds beyond it.
  assert.ok(mostInWork < 128 + SLICE_BYTES / post('request 0').length, `${mostInWork} in work at once`)
  await until(() => bodies.every(({ wipes }) => wipes === 1))
  assert.ok(bodies.every(({ bytes }) => bytes.every((byte) => byte === 0)))
})

test('an answer larger than every buffer stays whole until its slow reader has it', async () => {
  const size = 32 * 1024 * 1024
  const given = answer('x'.repeat(size))
  const { port } = await serve(async () => given)
  const socket = connect({ port, host: '127.0.0.1' }).pause()
  socket.write(post(''))
  await sleep(150)
  assert.equal(given.body.wipes, 0)
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString('latin1'))).resume()
  await until(() => received.length > size)
  assert.equal(received.slice(received.indexOf('\r\n\r\n') + 4), 'x'.repeat(size))
  await until(() => given.body.wipes === 1)
  socket.destroy()
})

test('answers whose reader goes away are wiped, those queued behind another too', async () => {
  const bodies: TrackedBody[] = []
  const { port } = await serve(async () => {
    const given = answer('x'.repeat(8 * 1024 * 1024))
    bodies.push(given.body)
    return given
  })
  const socket = connect({ port, host: '127.0.0.1' }).pause()
  socket.write(post('') + post('') + post(''))
  await until(() => bodies.length === 3)
  await sleep(50)
  assert.deepEqual(
    bodies.map(({ wipes }) => wipes),
    [0, 0, 0],
  )
  socket.resetAndDestroy()
  await until(() => bodies.every(({ wipes }) => wipes === 1))
})

test('an answer for a client that has already gone is wiped at once', async () => {
  const given = answer('secret')
  const gone = Promise.withResolvers<void>()
  const { port } = await serve(async () => {
    await gone.promise
    return given
  })
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(post(''))
  await sleep(30)
  socket.resetAndDestroy()
  await once(socket, 'close')
  await sleep(30)
  gone.resolve()
  await until(() => given.body.wipes === 1)
})

test('with one request at a time a pipelined connection still makes progress', async () => {
  const { port } = await serve(async ({ body }) => answer(Buffer.from(body).toString()), { pipelined: 1, ...KNOWN })
  const whole = Array.from({ length: 50 }, (_, index) => post(`${index}`)).join('')
  const client = new RawClient(port).send(whole.slice(0, -1))
  await sleep(30)
  client.send(whole.slice(-1))
  const bodies = (await client.answers(50)).map(({ body }) => Number(body))
  assert.deepEqual(
    bodies,
    Array.from({ length: 50 }, (_, index) => index),
  )
})

/** The shortest request that there is. */
const TINY = 'GET / HTTP/1.1\r\nHost:h\r\n\r\n'

test('attack: of thousands of tiny requests that a stranger sends at once, one slice is parsed, and no request of others waits', async () => {
  const server = await serve(async () => answer('{}'), {})
  const floods = Array.from({ length: 20 }, () => new RawClient(server.port).send(TINY.repeat(2300)))
  const other = new RawClient(server.port).send(post(''))
  assert.equal((await other.answers(1))[0]?.status, 200)
  await Promise.all(floods.map(({ closed }) => closed))
  const codes = server.refusals.map(({ code }) => code)
  const cut = codes.filter((code) => code === 'TooManyRequests')
  assert.equal(cut.length, 20)
  // Each was parsed before it was cut, and nothing after that.
  assert.ok(codes.length - cut.length <= 20 * DEFAULT_LIMITS.unproven, `${codes.length} refusals`)
})

test('attack: thousands of tiny requests behind a large body are cut as any others', async () => {
  const server = await serve(async () => answer('{}', 400))
  const flood = new RawClient(server.port).send(post('x'.repeat(40_000)) + TINY.repeat(2300))
  await flood.closed
  const unknown = server.refusals.filter(({ code }) => code === 'UnknownOperationException')
  assert.ok(unknown.length <= DEFAULT_LIMITS.unproven, `${unknown.length} requests`)
})

test('a body is read in few slices, from every sender', async () => {
  const socket = Object.assign(new Duplex({ read() {}, write() {} }), { bytesRead: 0 }) as unknown as Socket
  const ignore = (): void => undefined
  const options = { limits: DEFAULT_LIMITS, ready: ignore, moved: ignore, unsent: ignore }
  const connection = new Connection(socket, GONE, options)
  connection.carry(socket)
  socket.push(Buffer.alloc(60_000))
  connection.read()
  connection.begin(50_000)
  const sizes: number[] = []
  for (let left = socket.readableLength; left > 0; left = socket.readableLength) {
    connection.read()
    sizes.push(left - socket.readableLength)
    if (sizes.length === 3) break
  }
  assert.deepEqual(sizes, [50_000 - 512, 512, 512])
})

test('reading a large body does not raise how much of a connection is kept unread', () => {
  const socket = Object.assign(new Duplex({ read() {}, write() {} }), { bytesRead: 0 }) as unknown as Socket
  const ignore = (): void => undefined
  const options = { limits: DEFAULT_LIMITS, ready: ignore, moved: ignore, unsent: ignore }
  const connection = new Connection(socket, GONE, options)
  connection.carry(socket)
  const usual = socket.readableHighWaterMark
  connection.begin(1_000_000)
  for (let round = 0; round < 5; round++) {
    socket.push(Buffer.alloc(200_000))
    connection.read()
    connection.begin(150_000)
    connection.read()
  }
  assert.equal(socket.readableHighWaterMark, usual)
})

test('a client that was answered with success may send as many requests as it likes without waiting', async () => {
  const { port } = await serve(async ({ body }) => answer(Buffer.from(body).toString()))
  const client = new RawClient(port).send(post('first'))
  await client.answers(1)
  client.send(Array.from({ length: 500 }, (_, index) => post(`${index}`)).join(''))
  const bodies = (await client.answers(500)).map(({ body }) => Number(body))
  assert.deepEqual(
    bodies,
    Array.from({ length: 500 }, (_, index) => index),
  )
})
