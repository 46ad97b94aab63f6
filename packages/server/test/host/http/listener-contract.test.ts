import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { connect as connectTls, type TlsOptions } from 'node:tls'
import { selfSigned } from '../../../../../tools/testing/certificate.ts'
import { DEFAULT_LIMITS } from '../../../src/host/http/limits.ts'
import type { Listener, Reception } from '../../../src/host/http/listener.ts'
import { nodeListener } from '../../../src/host/http/node-listener.ts'
import { post } from './fixture.ts'

const { key, certificate: ca } = selfSigned({ names: ['127.0.0.1'] })
const HOST = '127.0.0.1'

interface Report {
  event: keyof Reception
  socket: Socket
  transport?: Socket
}

/** A listener on a free port, and what it reported. */
interface Bench {
  listener: Listener
  reports: Report[]
  connect(): Socket
}

function portOf(listener: Listener): number {
  const bound = listener.address()
  return 'port' in bound ? bound.port : assert.fail('no port')
}

const never = (): never => assert.fail('reported without a connection')
const NOTHING_REPORTED: Reception = {
  connected: never,
  opened: never,
  request: never,
  requestThatWaits: never,
  unreadable: never,
  unsecured: never,
}

/** Every implementation: how it listens, and how a client of it connects. */
const KINDS: Readonly<Record<string, { tls?: TlsOptions; connect(port: number): Socket }>> = {
  'node:http': { connect: (port) => connect({ port, host: HOST }) },
  'node:https': { tls: { key, cert: ca }, connect: (port) => connectTls({ port, host: HOST, ca }) },
}

for (const [kind, { tls, connect: connectTo }] of Object.entries(KINDS)) {
  const open = async (admits = true): Promise<Bench> => {
    const reports: Report[] = []
    const reception: Reception = {
      connected: (socket) => {
        reports.push({ event: 'connected', socket })
        if (!admits) socket.destroy()
      },
      opened: (socket, transport) => {
        reports.push({ event: 'opened', socket, transport })
        socket.on('readable', () => void socket.read())
      },
      request: ({ socket }, response) => {
        reports.push({ event: 'request', socket })
        response.end('answered')
      },
      requestThatWaits: ({ socket }, response) => {
        reports.push({ event: 'requestThatWaits', socket })
        response.end('answered')
      },
      unreadable: (_, socket) => {
        reports.push({ event: 'unreadable', socket })
        socket.destroy()
      },
      unsecured: (_, socket) => {
        reports.push({ event: 'unsecured', socket })
        socket.destroy()
      },
    }
    const listener = nodeListener(DEFAULT_LIMITS, reception, tls)
    await listener.accept({ host: HOST, port: 0 })
    after(() => {
      for (const transport of listener.connections()) transport.destroy()
      return listener.close().catch(() => undefined)
    })
    const made = (): Socket => connectTo(portOf(listener)).on('error', () => undefined)
    return { listener, reports, connect: made }
  }
  const events = ({ reports }: Bench): string[] => reports.map(({ event }) => event)

  test(`${kind}: a connection is reported before HTTP is, and its requests name what carries them`, async () => {
    const bench = await open()
    const client = bench.connect()
    for (let round = 0; round < 2; round++) {
      client.write(post('x'))
      await once(client, 'data')
    }
    assert.deepEqual(events(bench), ['connected', 'opened', 'request', 'request'])
    const [connected, opened, ...requests] = bench.reports
    assert.ok(opened?.transport === connected?.socket)
    assert.equal(opened?.socket === connected?.socket, tls === undefined)
    assert.ok(requests.every(({ socket }) => socket === opened?.socket))
    client.destroy()
  })

  test(`${kind}: what is no request, and what waits to send its body, are reported on what carries them`, async () => {
    const bench = await open()
    const client = bench.connect()
    client.write(post('x', ['Expect: 100-continue']))
    await once(client, 'data')
    const other = bench.connect()
    other.write('no request\r\n\r\n')
    await once(other, 'close')
    const carriers = bench.reports.filter(({ event }) => event === 'opened').map(({ socket }) => socket)
    const [waits, unreadable] = ['requestThatWaits', 'unreadable'].map((name) =>
      bench.reports.find(({ event }) => event === name),
    )
    assert.equal(carriers.length, 2)
    assert.ok([waits, unreadable].every((report, index) => report?.socket === carriers[index]))
    client.destroy()
  })

  test(`${kind}: of a connection that is destroyed when it is reported nothing else is`, async () => {
    const bench = await open(false)
    const client = bench.connect()
    client.write(post('x'))
    await new Promise((resolve) => client.once('close', resolve))
    assert.deepEqual(events(bench), ['connected'])
    assert.equal([...bench.listener.connections()].length, 0)
  })

  test(`${kind}: closing leaves open connections alone, and waits for the last of them`, async () => {
    const bench = await open()
    const client = bench.connect()
    client.write(post('x'))
    await once(client, 'data')
    let isClosed = false
    const closed = bench.listener.close().then(() => (isClosed = true))
    const port = client.remotePort ?? 0
    const [refused] = (await once(connect({ port, host: HOST }), 'error')) as [NodeJS.ErrnoException]
    assert.equal(refused.code, 'ECONNREFUSED')
    client.write(post('y'))
    await once(client, 'data')
    assert.equal(isClosed, false)
    assert.equal([...bench.listener.connections()].length, 1)
    client.destroy()
    await closed
    assert.equal([...bench.listener.connections()].length, 0)
  })

  test(`${kind}: an address that is taken is refused, and before one is bound there is none`, async () => {
    const { listener } = await open()
    const second = nodeListener(DEFAULT_LIMITS, NOTHING_REPORTED, tls)
    assert.throws(() => second.address())
    await assert.rejects(second.accept({ host: HOST, port: portOf(listener) }), { code: 'EADDRINUSE' })
    assert.throws(() => second.address())
    assert.equal([...second.connections()].length, 0)
  })
}
