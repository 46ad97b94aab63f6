import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import type { HttpLimits } from '../../../src/host/http/limits.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { answer, type Fixture, post, RawClient, serve } from './fixture.ts'

const BEGUN = 'POST / HTTP/1.1\r\nHost: h\r\n'

interface Timed extends Fixture {
  clock: ManualClock
  /** Lets requests with a body be answered. */
  release(): void
}

/** Answers requests without a body at once, and those with one when they are released. */
async function timed(limits: Partial<HttpLimits> = {}): Promise<Timed> {
  const clock = manualClock(0)
  const { promise, resolve } = Promise.withResolvers<void>()
  const handle = async ({ body }: RawRequest) => {
    if (body.byteLength > 0) await promise
    return answer('{}')
  }
  return { ...(await serve(handle, limits, clock)), clock, release: resolve }
}

/** A connection that the server has, as a request on another is answered after it came. */
async function connected({ port }: Timed, text = ''): Promise<RawClient> {
  const client = new RawClient(port)
  await once(client.socket, 'connect')
  if (text !== '') client.send(text)
  return client
}

/** One whole exchange, after which the connection stays open. */
async function answered(client: RawClient): Promise<RawClient> {
  assert.equal((await client.send(post('')).answers(1))[0]?.status, 200)
  return client
}

async function idle(server: Timed): Promise<RawClient> {
  return answered(await connected(server))
}

const codes = ({ refusals }: Timed): string[] => refusals.map(({ code }) => code)

test('a connection that sends nothing is closed after its time, one that has sent something is not', async () => {
  const server = await timed({ firstByteTimeoutMs: 5000 })
  const silent = await connected(server)
  const begun = await connected(server, BEGUN)
  const between = await idle(server)
  server.clock.advance(4999)
  await answered(between)
  assert.deepEqual(codes(server), [])
  server.clock.advance(1001)
  await silent.closed
  assert.deepEqual(codes(server), ['ConnectionTimedOut'])
  await answered(between)
  assert.equal((await begun.send('Content-Length: 0\r\n\r\n').answers(1))[0]?.status, 200)
})

test('when there is no room, the connection that has been silent for longest makes it', async () => {
  const server = await timed({ connections: 3 })
  const between = await idle(server)
  const first = await connected(server)
  await answered(between)
  const second = await connected(server)
  await answered(between)
  const third = await idle(server)
  await first.closed
  await answered(await connected(server))
  await second.closed
  assert.deepEqual(codes(server), ['ConnectionMadeRoom', 'ConnectionMadeRoom'])
  await answered(between)
  await answered(third)
})

test('room is made by silent connections first, then by unfinished requests, then by the longest idle', async () => {
  const server = await timed({ connections: 4 })
  const begun = await connected(server, BEGUN)
  const [older, newer] = [await idle(server), await idle(server)]
  const silent = await connected(server)
  await answered(newer)
  for (const goes of [silent, begun, older]) {
    await idle(server)
    await goes.closed
  }
  await answered(newer)
  assert.deepEqual(codes(server), ['ConnectionMadeRoom', 'ConnectionMadeRoom', 'ConnectionMadeRoom'])
})

test('a connection with a request under way never makes room: a further one is closed', async () => {
  const server = await timed({ connections: 2 })
  const working = await connected(server, post('x'))
  const receiving = await connected(server, `${BEGUN}Content-Length: 2\r\n\r\nx`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const further = await connected(server)
  await further.closed
  assert.deepEqual(codes(server), ['TooManyConnections'])
  receiving.send('y')
  server.release()
  for (const client of [working, receiving]) assert.equal((await client.answers(1))[0]?.status, 200)
  await idle(server)
})

test('a body that comes too slowly is cut off, one that comes at its rate is not', async () => {
  const server = await timed({ bodyGraceMs: 5000, bodyBytesPerSecond: 1000 })
  const begin = `${BEGUN}Content-Length: 30000\r\n\r\n`
  const slow = await connected(server, begin)
  const steady = await connected(server, begin)
  const between = await idle(server)
  steady.send('x'.repeat(6000))
  slow.send('x'.repeat(500))
  await answered(between)
  server.clock.advance(6000)
  await slow.closed
  assert.deepEqual(codes(server), ['RequestTimeoutException'])
  server.clock.advance(4000)
  steady.send('x'.repeat(24_000))
  server.release()
  assert.equal((await steady.answers(1))[0]?.status, 200)
})

test('a server with room for one connection answers requests, even if many connections are silent', async () => {
  const server = await timed({ connections: 1 })
  const silent = await Promise.all(Array.from({ length: 20 }, () => connected(server)))
  await idle(server)
  await Promise.all(silent.map(({ closed }) => closed))
  assert.equal(codes(server).length, 20)
})

test('bodies have a limit together: the request that has been received for longest makes room', async () => {
  const server = await timed({ allBodiesBytes: 10_000 })
  const begin = (length: number): string => `${BEGUN}Content-Length: ${length}\r\n\r\n`
  const [first, second, third] = [await connected(server), await connected(server), await connected(server)]
  const between = await idle(server)
  for (const client of [first, second]) {
    client.send(begin(6000) + 'x'.repeat(4500))
    await answered(between)
  }
  third.send(begin(4000) + 'x'.repeat(3000))
  await first.closed
  assert.deepEqual(codes(server), ['RequestTimeoutException'])
  server.release()
  second.send('x'.repeat(1500))
  third.send('x'.repeat(1000))
  for (const client of [second, third]) assert.equal((await client.answers(1))[0]?.status, 200)
  const again = await connected(server, begin(9000) + 'x'.repeat(9000))
  assert.equal((await again.answers(1))[0]?.status, 200)
  assert.deepEqual(codes(server), ['RequestTimeoutException'])
})

test('a body that began behind another request and never ended is counted no longer', async () => {
  const server = await timed({ allBodiesBytes: 5000 })
  server.release()
  for (let round = 0; round < 30; round++) {
    const client = await connected(server, `${post('')}${BEGUN}Content-Length: 1000\r\n\r\n${'x'.repeat(300)}`)
    await client.answers(1)
    client.socket.destroy()
    await client.closed
  }
  const whole = await connected(server, post('x'.repeat(1000)))
  assert.equal((await whole.answers(1))[0]?.status, 200)
})

test('a body that no other can make room for is cut off itself', async () => {
  const server = await timed({ allBodiesBytes: 1000 })
  const client = await connected(server, `${BEGUN}Content-Length: 2000\r\n\r\n${'x'.repeat(1500)}`)
  await client.closed
  await idle(server)
})

test('a connection on which a stranger sends more requests than they need is cut, and no other', async () => {
  const server = await timed({ pipelined: 4, unproven: 8 })
  const [flood, other] = [await connected(server), await idle(server)]
  flood.send(post('x').repeat(100))
  await once(flood.socket, 'close')
  await answered(other)
  assert.deepEqual(codes(server), ['TooManyRequests'])
  server.release()
})
