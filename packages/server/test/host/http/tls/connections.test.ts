import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { selfSigned } from '../../../../../../tools/testing/certificate.ts'
import type { Handle } from '../../../../src/host/http/exchange.ts'
import type { HttpLimits } from '../../../../src/host/http/limits.ts'
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts'
import { answer, type Fixture, post, RawClient, serve, type TrackedBody } from '../fixture.ts'

const { key, certificate: ca } = selfSigned({ names: ['127.0.0.1'] })

interface Secure extends Fixture {
  clock: ManualClock
}

const echo: Handle = async ({ body }) => answer(Buffer.from(body).toString())

async function serveTls(handle: Handle = echo, limits: Partial<HttpLimits> = {}): Promise<Secure> {
  const clock = manualClock(0)
  return { ...(await serve(handle, limits, clock, undefined, { key, cert: ca })), clock }
}

/** A client whose handshake is over, on its side. */
async function secured({ port }: Secure): Promise<RawClient> {
  const client = new RawClient(port, ca)
  await once(client.socket, 'secureConnect')
  return client
}

async function answered(client: RawClient, text = 'x'): Promise<RawClient> {
  assert.equal((await client.send(post(text)).answers(1))[0]?.body, text)
  return client
}

/** One that has opened a connection and sent these bytes of no handshake, or of the beginning of one. */
async function opened({ port }: Secure, bytes = ''): Promise<RawClient> {
  const client = new RawClient(port)
  await once(client.socket, 'connect')
  client.send(bytes)
  return client
}

/** The header of a record with a handshake message, of which nothing follows. */
const BEGUN = '\x16\x03\x01\x02\x00'

const codes = ({ refusals }: Fixture): string[] => refusals.map(({ code }) => code)

test('requests over TLS are answered, in order, and are known to be secure', async () => {
  const bodies: TrackedBody[] = []
  const server = await serveTls(
    async ({ body, secure, sourceIp }) => {
      await sleep(Math.random() * 3)
      const given = answer(`${Buffer.from(body).toString()} ${secure} ${sourceIp}`)
      bodies.push(given.body)
      return given
    },
    { unproven: 2000 },
  )
  const client = await secured(server)
  const texts = Array.from({ length: 500 }, (_, index) => `request ${index}`)
  for (const text of texts) client.send(post(text))
  const answers = await client.answers(texts.length)
  assert.deepEqual(
    answers.map(({ body }) => body),
    texts.map((text) => `${text} true 127.0.0.1`),
  )
  assert.ok(bodies.every(({ wipes }) => wipes === 1))
})

test('an answer larger than every buffer stays whole until its slow reader has it, also while the server stops', async () => {
  const size = 16 * 1024 * 1024
  const server = await serveTls(async () => answer('x'.repeat(size)))
  const socket = connectTls({ port: server.port, host: '127.0.0.1', ca }).pause()
  socket.write(post(''))
  await sleep(100)
  const closed = server.close(10_000)
  await sleep(50)
  let received = 0
  socket.on('data', (chunk: Buffer) => (received += chunk.byteLength)).resume()
  await Promise.all([closed, once(socket, 'close')])
  assert.ok(received > size, `${received} bytes`)
})

test('on one connection no more is read than its limit lets be in work', async () => {
  const release = Promise.withResolvers<void>()
  let inWork = 0
  const handle: Handle = async () => {
    inWork += 1
    await release.promise
    return answer('')
  }
  const server = await serveTls(handle, { pipelined: 4, unproven: 2000 })
  const client = await secured(server)
  client.send(post('x'.repeat(400)).repeat(50))
  await sleep(100)
  assert.ok(inWork < 25, `${inWork} of 50 in work`)
  release.resolve()
  await client.answers(50)
})

test('a body that comes too slowly is cut off', async () => {
  const server = await serveTls(echo, { bodyGraceMs: 5000, bodyBytesPerSecond: 1000 })
  const client = await secured(server)
  client.send(post('x'.repeat(5000)).slice(0, -4500))
  await answered(await secured(server))
  server.clock.advance(6000)
  await client.closed
  assert.deepEqual(codes(server), ['RequestTimeoutException'])
})

test('a connection on which nothing comes is closed after its time, before the handshake and after', async () => {
  const server = await serveTls(echo, { firstByteTimeoutMs: 5000 })
  const between = await answered(await secured(server))
  const [silent, handshaken] = [await opened(server), await secured(server)]
  await answered(between)
  server.clock.advance(3000)
  const later = await secured(server)
  await answered(between)
  server.clock.advance(3000)
  await Promise.all([silent.closed, handshaken.closed])
  assert.deepEqual(codes(server), ['ConnectionTimedOut', 'ConnectionTimedOut'])
  await answered(later)
})

test('a handshake that does not end is closed after its time', async () => {
  const server = await serveTls(echo, { headersTimeoutMs: 200 })
  await (
    await opened(server, BEGUN)
  ).closed
  assert.deepEqual(codes(server), ['ConnectionTimedOut'])
})

test('handshakes count as connections, and make room for others', async () => {
  const server = await serveTls(echo, { connections: 2 })
  const between = await answered(await secured(server))
  const begun = await opened(server, BEGUN)
  await answered(between)
  const further = await answered(await secured(server))
  await begun.closed
  assert.deepEqual(codes(server), ['ConnectionMadeRoom'])
  await answered(further)
  await answered(between)
})

test('without room a further one is closed before its handshake', async () => {
  const release = Promise.withResolvers<void>()
  const server = await serveTls(async () => release.promise.then(() => answer('')), { connections: 1 })
  const working = (await secured(server)).send(post('x'))
  await sleep(50)
  await new RawClient(server.port, ca).closed
  assert.deepEqual(codes(server), ['TooManyConnections'])
  release.resolve()
  await working.answers(1)
  assert.deepEqual(server.errors, [])
})

test('plain HTTP is told to come over TLS', async () => {
  const server = await serveTls()
  const client = await opened(server, post('x'.repeat(2000)))
  const [told] = await client.answers(1)
  assert.equal(told?.status, 400)
  assert.deepEqual(JSON.parse(told?.body ?? ''), {
    __type: 'BadRequestException',
    message: 'This port answers HTTPS only.',
  })
  await client.closed
  assert.deepEqual(server.refusals, [
    { code: 'HttpOnTlsPort', requestId: server.refusals[0]?.requestId, sourceIp: '127.0.0.1' },
  ])
})

test('what is no handshake that is offered here is closed, and leaves a trace', async () => {
  const server = await serveTls()
  await (
    await opened(server, 'SSH-2.0-OpenSSH_9.9\r\n')
  ).closed
  const old = { port: server.port, host: '127.0.0.1', ca }
  for (const options of [
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const,
    { ALPNProtocols: ['h2'] },
  ]) {
    const socket = connectTls({ ...old, ...options })
    await once(socket, 'error')
    socket.destroy()
  }
  await answered(await secured(server))
  assert.deepEqual(codes(server), ['TlsHandshakeFailed', 'TlsHandshakeFailed', 'TlsHandshakeFailed'])
})

test('a client that goes away in the middle of a handshake is no refusal', async () => {
  const server = await serveTls()
  for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
    const client = await opened(server, BEGUN)
    client.socket[leave]()
    await client.closed
  }
  const unready = connect({ port: server.port, host: '127.0.0.1' })
  connectTls({ socket: unready, ca, host: '127.0.0.1' }).on('error', () => undefined)
  await once(unready, 'connect')
  setImmediate(() => unready.destroy())
  await answered(await secured(server))
  assert.deepEqual(codes(server), [])
  await server.close(10_000)
})

test('closing answers what is under way, and waits for no handshake', async () => {
  const release = Promise.withResolvers<void>()
  const server = await serveTls(async ({ body }) => {
    if (body.byteLength > 0) await release.promise
    return answer(Buffer.from(body).toString())
  })
  const idle = await answered(await secured(server), '')
  const busy = (await secured(server)).send(post('first') + post('second'))
  const [begun, silent] = [await opened(server, BEGUN), await opened(server)]
  await sleep(50)
  const closed = server.close(10_000)
  await Promise.all([idle.closed, begun.closed, silent.closed])
  release.resolve()
  assert.deepEqual(
    (await busy.answers(2)).map(({ body }) => body),
    ['first', 'second'],
  )
  await Promise.all([busy.closed, closed])
})

test('after the grace period what remains is cut', { timeout: 60_000 }, async () => {
  const server = await serveTls(() => new Promise(() => undefined))
  const client = (await secured(server)).send(post('never answered'))
  await sleep(30)
  await server.close(100)
  await client.closed
  assert.equal(client.text, '')
})
