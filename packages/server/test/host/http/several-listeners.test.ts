import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer, type ListenOptions as NetListenOptions, type Server, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { selfSigned } from '../../../../../tools/testing/certificate.ts'
import type { Handle } from '../../../src/host/http/exchange.ts'
import { takeInheritedSockets } from '../../../src/host/http/inherited-sockets.ts'
import { listen, type Listening, type ListenOptions } from '../../../src/host/http/listen.ts'
import { endpointOf, type ListenAddress, ListenError } from '../../../src/host/http/listen-address.ts'
import type { Refusal } from '../../../src/host/http/refusal.ts'
import { listenOnPath } from '../../../src/host/http/unix-socket.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import { systemClock } from '../../../src/platform/system-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { answer, post } from './fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyhold-listen-'))
after(() => rmSync(folder, { recursive: true }))
const pathOf = (name: string): string => join(folder, name)
const LOOPBACK = { host: '127.0.0.1', port: 0 }
const { key, certificate: ca } = selfSigned({ names: ['127.0.0.1'] })

const describing: Handle = async ({ sourceIp, secure }) => answer(`${sourceIp} ${secure}`)

async function listenOn(addresses: ListenAddress[], options: Partial<ListenOptions> = {}): Promise<Listening> {
  const routes = new Map([['POST /', describing]])
  const common = { routes, clock: systemClock, random: systemRandom, logger: silentLogger }
  const listening = await listen({ ...common, addresses, ...options })
  after(() => listening.close(0))
  return listening
}

/** What a request on this connection is answered. */
async function ask(socket: Socket): Promise<string> {
  socket.write(post('x'))
  const [data] = (await once(socket, 'data')) as [Buffer]
  return data.toString().split('\r\n\r\n')[1] ?? ''
}

async function askOnce(socket: Socket): Promise<string> {
  try {
    return await ask(socket)
  } finally {
    socket.destroy()
  }
}

const refusedWith = (message: RegExp) => (error: unknown) => error instanceof ListenError && message.test(error.message)

test('requests on every address are answered, and are known by where they came from', async () => {
  const path = pathOf('every.sock')
  const addresses = [LOOPBACK, { ...LOOPBACK, host: '::1' }, { ...LOOPBACK, protocol: 'http' as const }, { path }]
  const { bound, port } = await listenOn(addresses, { tls: { key, cert: ca } })
  const [v4, v6, plain] = bound.map((one) => ('port' in one ? one.port : 0))
  assert.equal(port, v4)
  assert.deepEqual(bound.map(endpointOf), [
    `https://127.0.0.1:${v4}`,
    `https://[::1]:${v6}`,
    `http://127.0.0.1:${plain}`,
    `unix:${path}`,
  ])
  assert.equal(await askOnce(connectTls({ port: v4, host: '127.0.0.1', ca })), '127.0.0.1 true')
  assert.equal(await askOnce(connectTls({ port: v6, host: '::1', rejectUnauthorized: false })), '::1 true')
  assert.equal(await askOnce(connect(plain ?? 0, '127.0.0.1')), '127.0.0.1 false')
  assert.equal(await askOnce(connect({ path })), 'unix false')
})

test('limits are of all addresses together', async () => {
  const refusals: Refusal[] = []
  const refused = (refusal: Refusal): void => void refusals.push(refusal)
  const path = pathOf('together.sock')
  const { port } = await listenOn([LOOPBACK, { path }], { limits: { connections: 1 }, refused })
  const first = connect({ path })
  await ask(first)
  const second = connect(port, '127.0.0.1')
  await Promise.all([ask(second), once(first, 'close')])
  assert.deepEqual(
    refusals.map(({ code, sourceIp }) => [code, sourceIp]),
    [['ConnectionMadeRoom', 'unix']],
  )
  second.destroy()
})

test('when one address cannot be bound, none is', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  after(() => taken.close())
  const { port } = taken.address() as { port: number }
  const path = pathOf('none.sock')
  const waits = connect({ path: pathOf('absent') }).on('error', () => undefined)
  const starting = listenOn([{ path }, { host: '127.0.0.1', port }])
  await assert.rejects(starting, refusedWith(new RegExp(`^Cannot listen on 127.0.0.1:${port}: the address is in use`)))
  assert.ok(!existsSync(path))
  waits.destroy()
  await assert.rejects(listenOn([]), refusedWith(/no address/))
  await assert.rejects(listenOn([{ host: '192.0.2.1', port: 0 }]), refusedWith(/does not have the address/))
  await assert.rejects(listenOn([{ ...LOOPBACK, protocol: 'https' }]), refusedWith(/no certificate for HTTPS/))
})

test('plain HTTP is refused on addresses that other machines reach, unless it is wanted', async () => {
  for (const host of ['0.0.0.0', '::', ...outerAddresses()]) {
    await assert.rejects(listenOn([LOOPBACK, { host, port: 0 }]), refusedWith(/show secrets .*--insecure-http/))
    const secure = await listenOn([{ host, port: 0 }], { tls: { key, cert: ca } })
    await secure.close(0)
  }
  const { port } = await listenOn([{ host: '0.0.0.0', port: 0 }], { plainHttp: 'everywhere' })
  assert.equal(await askOnce(connect(port, '127.0.0.1')), '127.0.0.1 false')
})

function outerAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)
}

test('IPv6 on all interfaces leaves the port of IPv4 to another address', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await once(free, 'close')
  const options = { plainHttp: 'everywhere' } as const
  const all = await listenOn(
    [
      { host: '0.0.0.0', port },
      { host: '::', port },
    ],
    options,
  )
  assert.equal(await askOnce(connect(port, '::1')), '::1 false')
  await all.close(0)
  const dual = await listenOn([{ host: '::', port: 0 }], options)
  assert.equal(await askOnce(connect(dual.port, '127.0.0.1')), '127.0.0.1 false')
})

test('a Unix socket is for its owner, unless other permissions are named, and is removed at the end', async () => {
  for (const [mode, expected] of [
    [undefined, 0o600],
    [0o660, 0o660],
  ]) {
    const path = pathOf(`mode-${mode}`)
    const listening = await listenOn([{ path, ...(mode !== undefined && { mode }) }])
    assert.equal(statSync(path).mode & 0o777, expected)
    await listening.close(0)
    assert.ok(!existsSync(path))
  }
})

test("a Unix socket is its owner's from the moment that it exists", async () => {
  let umask: number | undefined
  const server = Object.assign(new EventEmitter(), {
    listening: false,
    listen: (_: unknown, listening: () => void) => {
      umask = process.umask()
      listening()
    },
  })
  const former = process.umask(0)
  try {
    await listenOnPath(server as unknown as Server, { path: '/not/made', mode: 0o666 })
    assert.deepEqual([umask, process.umask()], [0o077, 0])
  } finally {
    process.umask(former)
  }
})

test('a Unix socket that was left behind is replaced; one that is answered, and what is no socket, stay', async () => {
  const stale = pathOf('stale.sock')
  const killed = spawn(process.execPath, ['-e', LISTEN_AND_SAY, stale], { stdio: ['ignore', 'pipe', 'inherit'] })
  await said(killed)
  await assert.rejects(listenOn([{ path: stale }]), refusedWith(/Another process listens on/))
  assert.equal(await connects(stale), true)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  assert.ok(existsSync(stale))
  await listenOn([{ path: stale }])
  assert.equal(await askOnce(connect({ path: stale })), 'unix false')

  const file = pathOf('file')
  writeFileSync(file, 'precious')
  symlinkSync(file, pathOf('link'))
  for (const path of [file, pathOf('link'), folder]) {
    await assert.rejects(listenOn([{ path }]), refusedWith(/exists, and is no socket/), path)
  }
  assert.equal(statSync(file).size, 8)
  await assert.rejects(listenOn([{ path: pathOf('no/such') }]), refusedWith(/folder does not exist|this user may not/))
  await assert.rejects(listenOn([{ path: pathOf('x'.repeat(120)) }]), refusedWith(/^Cannot listen on unix:/))
})

const LISTEN_AND_SAY = `require('node:net').createServer((s) => s.end()).listen(process.argv[1], () => console.log('listens'))`

async function said(child: ChildProcess): Promise<void> {
  if (child.stdout) await once(child.stdout, 'data')
}

function connects(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy() && resolve(true))
  })
}

test('the sockets of a service manager are for the process that it names, and for no child of it', () => {
  const env = (pid: string, count: string): NodeJS.ProcessEnv => ({
    LISTEN_PID: pid,
    LISTEN_FDS: count,
    LISTEN_FDNAMES: 'a',
    HOME: '/',
  })
  const taken = env('17', '2')
  assert.deepEqual(takeInheritedSockets(taken, 17), [{ fd: 3 }, { fd: 4 }])
  assert.deepEqual(taken, { HOME: '/' })
  const others = env('18', '2')
  assert.deepEqual(takeInheritedSockets(others, 17), [])
  assert.deepEqual(others, { HOME: '/' })
  for (const count of ['', '-1', '1.5', 'x', '0'])
    assert.deepEqual(takeInheritedSockets(env('17', count), 17), [], count)
  assert.equal(takeInheritedSockets(env('17', '99999'), 17).length, 64)
  assert.deepEqual(takeInheritedSockets({}, 17), [])
})

test('inherited sockets are answered on, over TLS if they have a network address, and others are refused', async () => {
  const code = `
    import { listen } from ${JSON.stringify(import.meta.resolve('../../../src/host/http/listen.ts'))}
    import { systemClock } from ${JSON.stringify(import.meta.resolve('../../../src/platform/system-clock.ts'))}
    import { systemRandom } from ${JSON.stringify(import.meta.resolve('../../../src/crypto/random.ts'))}
    const answer = (text) => ({ status: 200, body: { bytes: Buffer.from(text), wipe() {} } })
    const handle = async ({ sourceIp, secure }) => answer(sourceIp + ' ' + secure)
    const [fds, tls] = JSON.parse(process.argv[1])
    const options = { addresses: fds.map((fd) => ({ fd })), ...(tls && { tls }), routes: new Map([['POST /', handle]]) }
    const logger = { error: console.error, warn() {}, info() {} }
    listen({ ...options, clock: systemClock, random: systemRandom, logger }).then(
      ({ bound }) => console.log(JSON.stringify(bound)),
      (error) => { console.log(error.name + ': ' + error.message); process.exit() },
    )`
  const path = pathOf('inherited.sock')
  const open = async (server: Server, where: NetListenOptions): Promise<Socket> => {
    server.listen(where)
    await once(server, 'listening')
    after(() => server.close())
    // The handle that a child is given in stdio is what the system has under it.
    return (server as unknown as { _handle: Socket })._handle
  }
  const [tcp, unix, outer] = [createServer(), createServer(), createServer()]
  const handles = [
    await open(tcp, LOOPBACK),
    await open(unix, { path }),
    await open(outer, { host: '0.0.0.0', port: 0 }),
  ]
  const start = (fds: number[], tls?: object): ChildProcess => {
    const descriptors = handles.map((handle) => (handle as unknown as { fd: number }).fd)
    const args = [
      ...process.execArgv,
      '--conditions=source',
      '--input-type=module',
      '-e',
      code,
      JSON.stringify([fds, tls]),
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', ...descriptors] })
    after(() => child.kill('SIGKILL'))
    return child
  }
  const firstLine = async (child: ChildProcess): Promise<string> =>
    child.stdout ? String(((await once(child.stdout, 'data')) as [Buffer])[0]) : ''

  assert.match(await firstLine(start([5])), /^ListenError: Plain HTTP on 0\.0\.0\.0:\d+ would show secrets/)
  assert.match(await firstLine(start([2])), /^ListenError: Cannot listen on descriptor 2/)
  const { port } = tcp.address() as { port: number }
  const child = start([3, 4], { key, cert: ca })
  assert.deepEqual(JSON.parse(await firstLine(child)), [
    { host: '127.0.0.1', port, secure: true },
    { path: '', secure: false },
  ])
  // The sockets are shared: here nothing accepts.
  for (const server of [tcp, unix, outer]) server.close()
  assert.equal(await askOnce(connectTls({ port, host: '127.0.0.1', ca })), '127.0.0.1 true')
})
