import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { test } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { TlsDetails } from '../../../../src/identity/authentication/raw-request.ts'
import type { Handle } from '../../../../src/host/http/exchange.ts'
import { Certificates } from '../../../../src/host/http/tls/certificates.ts'
import type { TlsFiles } from '../../../../src/host/http/tls/load.ts'
import { systemClock } from '../../../../src/platform/system-clock.ts'
import { answer, type Fixture, post, serve } from '../fixture.ts'
import { CertificateFolder, Lines } from './folder.ts'

const folder = new CertificateFolder()
const HOST = '127.0.0.1'
const describing: Handle = async ({ tls, secure }) => answer(JSON.stringify({ ...tls, secure }))

interface Served extends Fixture {
  certificates: Certificates
}

async function serveWith(files: TlsFiles): Promise<Served> {
  const certificates = await Certificates.open(files, { clock: systemClock, logger: new Lines() })
  const server = await serve(describing, {}, undefined, undefined, certificates.options())
  certificates.follow((options) => server.renew(options))
  return { ...server, certificates }
}

/** A connection whose handshake is over. */
async function secured({ port }: Fixture, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: HOST, rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket.on('error', () => undefined)
}

type Answered = TlsDetails & { secure: boolean }

async function ask(socket: Socket): Promise<Answered> {
  socket.write(post('x'))
  const [data] = (await once(socket, 'data')) as [Buffer]
  return JSON.parse(data.toString().split('\r\n\r\n')[1] ?? '') as Answered
}

async function presented(server: Fixture, servername?: string): Promise<string | undefined> {
  const socket = await secured(server, servername === undefined ? {} : { servername })
  const name = socket.getPeerX509Certificate()?.subject
  socket.destroy()
  return name
}

const codes = ({ refusals }: Fixture): string[] => refusals.map(({ code }) => code)

test('the certificate is that of the name that a client asks for, or the first one', async () => {
  const files = [
    folder.issue('first', { names: ['kms.test'] }),
    folder.issue('second', { names: ['*.tenants.test'], rsaBits: 2048 }),
    folder.issue('third', { names: ['a.tenants.test'] }),
  ]
  const server = await serveWith({
    certificates: files.map(({ certificate }) => certificate),
    keys: files.map(({ key }) => key),
  })
  assert.equal(await presented(server), 'CN=first')
  assert.equal(await presented(server, 'kms.test'), 'CN=first')
  assert.equal(await presented(server, 'b.tenants.test'), 'CN=second')
  assert.equal(await presented(server, 'A.TENANTS.test'), 'CN=third')
  assert.equal(await presented(server, 'unknown.test'), 'CN=first')
})

test('new handshakes have the new certificates, and open connections stay as they are', async () => {
  const { certificate, key } = folder.issue('changing', { subject: 'before' })
  const server = await serveWith({ certificates: [certificate], keys: [key] })
  const [open, session] = [await secured(server), await sessionOf(server)]
  await ask(open)
  folder.issue('changing', { subject: 'after' })
  assert.deepEqual(await server.certificates.renew(), { outcome: 'renewed' })
  assert.equal(await presented(server), 'CN=after')
  assert.equal(await presented(server, 'changing.test'), 'CN=after')
  assert.equal((await ask(open)).secure, true)
  const resumed = await secured(server, { session })
  assert.equal(resumed.isSessionReused(), false, 'a session outlived its certificate')
  for (const socket of [open, resumed]) socket.destroy()
})

async function sessionOf(server: Fixture, options: ConnectionOptions = {}): Promise<Buffer> {
  const socket = connect({ port: server.port, host: HOST, rejectUnauthorized: false, ...options })
  // With TLS 1.2 it comes before the end of the handshake, with TLS 1.3 after it.
  const session = once(socket, 'session') as Promise<[Buffer]>
  await once(socket, 'secureConnect')
  await ask(socket)
  socket.destroy()
  return (await session)[0]
}

test('a certificate that changes during handshakes breaks none of them', async () => {
  const { certificate, key } = folder.issue('during')
  const server = await serveWith({ certificates: [certificate], keys: [key] })
  const handshakes = Array.from({ length: 40 }, async (_, index) => {
    if (index % 8 === 0) {
      folder.issue('during')
      await server.certificates.renew()
    }
    const socket = await secured(server)
    assert.equal((await ask(socket)).secure, true)
    socket.destroy()
  })
  await Promise.all(handshakes)
  assert.deepEqual(codes(server), [])
})

test('what a handshake agreed on is told of each request, also of a resumed session', async () => {
  const { certificate, key } = folder.issue('details')
  const server = await serveWith({ certificates: [certificate], keys: [key] })
  const cases: [ConnectionOptions, TlsDetails][] = [
    [{}, { version: 'TLSv1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384', keyExchange: 'X25519MLKEM768' }],
    [{ ecdhCurve: 'P-384' }, { version: 'TLSv1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384', keyExchange: 'secp384r1' }],
    [
      { ciphers: 'TLS_CHACHA20_POLY1305_SHA256', ecdhCurve: 'X25519' },
      { version: 'TLSv1.3', cipherSuite: 'TLS_CHACHA20_POLY1305_SHA256', keyExchange: 'x25519' },
    ],
    [
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
      { version: 'TLSv1.2', cipherSuite: 'ECDHE-ECDSA-AES128-GCM-SHA256', keyExchange: 'x25519' },
    ],
  ]
  for (const [options, details] of cases) {
    const session = await sessionOf(server, options)
    for (const each of [options, { ...options, session }]) {
      const socket = await secured(server, each)
      assert.equal(socket.isSessionReused(), each.session !== undefined)
      assert.deepEqual(await ask(socket), { ...details, secure: true })
      socket.destroy()
    }
  }
})

test('old versions, suites without forward secrecy, and renegotiation are refused', async () => {
  const { certificate, key } = folder.issue('strict', { rsaBits: 2048 })
  const server = await serveWith({ certificates: [certificate], keys: [key] })
  const offers: ConnectionOptions[] = [
    { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' },
    { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
    ...['AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA256', 'DHE-RSA-AES128-GCM-SHA256', 'AES256-SHA'].map((ciphers) => ({
      maxVersion: 'TLSv1.2' as const,
      ciphers: `${ciphers}@SECLEVEL=0`,
    })),
    { ecdhCurve: 'P-224' },
  ]
  for (const options of offers) {
    await assert.rejects(
      secured(server, options),
      { code: /ALERT|UNSUPPORTED|ECONNRESET|ERR_/ },
      JSON.stringify(options),
    )
  }
  const socket = await secured(server, { maxVersion: 'TLSv1.2' })
  await ask(socket)
  const renegotiated = await new Promise<Error | null>((resolve) => {
    socket.once('error', resolve)
    socket.renegotiate({ rejectUnauthorized: false }, resolve)
  })
  assert.match(String(renegotiated), /no.renegotiation/i)
  socket.destroy()
})

test('with authorities of clients, only their certificates are let in, and others leave a trace', async () => {
  const { certificate, key } = folder.issue('guarded')
  const [ours, theirs] = ['ours', 'theirs'].map((subject) => ({
    ...folder.issue(subject, { isAuthority: true, names: [], subject }),
    subject,
  }))
  assert.ok(ours && theirs)
  const issuerOf = (authority: typeof ours): { certificate: string; key: string; subject: string } => ({
    certificate: authority.pem,
    key: keyOf(authority.key),
    subject: authority.subject,
  })
  const client = (name: string, authority: typeof ours, options = {}): ConnectionOptions => {
    const made = folder.issue(name, { issuer: issuerOf(authority), ...options })
    return { cert: made.pem, key: keyOf(made.key) }
  }
  const files = { certificates: [certificate], keys: [key], clientAuthorities: ours.certificate }
  const server = await serveWith(files)
  const good = client('good', ours)
  for (const name of ['guarded.test', undefined]) {
    const socket = await secured(server, { ...good, ...(name !== undefined && { servername: name }) })
    assert.equal((await ask(socket)).secure, true)
    socket.destroy()
  }
  const refused: Readonly<Record<string, ConnectionOptions>> = {
    none: {},
    foreign: client('foreign', theirs),
    'a certificate that vouches for itself': client('own', { ...theirs, subject: 'own' }),
    expired: client('expired', ours, { notAfter: new Date('2020-01-01T00:00:00Z') }),
    'not valid yet': client('early', ours, { notBefore: new Date('2099-01-01T00:00:00Z') }),
    'for servers alone': client('server', ours, { purpose: '06082b06010505070301' }),
    'named like the authority': client('ours2', theirs, { subject: 'ours' }),
  }
  for (const [what, options] of Object.entries(refused)) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = connect({ port: server.port, host: HOST, rejectUnauthorized: false, maxVersion, ...options })
      let received = ''
      socket.on('data', (data: Buffer) => (received += data.toString())).on('error', () => undefined)
      socket.write(post('x'))
      await new Promise((resolve) => socket.once('close', resolve))
      assert.equal(received, '', what)
    }
  }
  assert.deepEqual(
    codes(server),
    Array.from({ length: 2 * Object.keys(refused).length }, () => 'ClientCertificateRefused'),
  )
})

test('a session of TLS 1.3 that was made without a certificate lets no client in', async () => {
  const { certificate, key } = folder.issue('resumed')
  const files = { certificates: [certificate], keys: [key] }
  const authority = folder.issue('authority', { isAuthority: true, names: [], subject: 'authority' })
  // As if the client got a session before it was refused.
  const shared = { ticketKeys: Buffer.alloc(48, 7), sessionIdContext: 'shared' }
  const listenWith = async (more: Partial<TlsFiles>): Promise<Fixture> => {
    const certificates = await Certificates.open({ ...files, ...more }, { clock: systemClock, logger: new Lines() })
    return serve(describing, {}, undefined, undefined, { ...certificates.options(), ...shared })
  }
  const lenient = connect({ port: (await listenWith({})).port, host: HOST, rejectUnauthorized: false })
  const [session] = (await once(lenient, 'session')) as [Buffer]
  lenient.destroy()
  const strict = await listenWith({ clientAuthorities: authority.certificate })
  const resumed = await secured(strict, { session })
  assert.equal(resumed.isSessionReused(), true)
  let received = ''
  resumed.on('data', (data: Buffer) => (received += data.toString()))
  resumed.write(post('x'))
  await new Promise((resolve) => resumed.once('close', resolve))
  assert.deepEqual([received, codes(strict)], ['', ['ClientCertificateRefused']])
})

function keyOf(file: string): string {
  return process.getBuiltinModule('node:fs').readFileSync(file, 'utf8')
}

test('TLS on a port of plain HTTP is answered, closed and counted as what it is', async () => {
  const server = await serve(describing)
  const socket = connect({ port: server.port, host: HOST, rejectUnauthorized: false })
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  assert.match(String(error.code), /ERR_SSL/)
  const raw = connectPlain(server.port, HOST)
  raw.write(Buffer.from('160301020001', 'hex'))
  const [told] = (await once(raw, 'data')) as [Buffer]
  assert.match(told.toString(), /^HTTP\/1\.1 400 [\s\S]*This port answers plain HTTP, and not HTTPS\./)
  await once(raw.resume(), 'close')
  assert.deepEqual(codes(server), ['TlsOnHttpPort', 'TlsOnHttpPort'])
})

test('a handshake that comes byte by byte ends when its time is over', async () => {
  const { certificate, key } = folder.issue('slow')
  const certificates = await Certificates.open(
    { certificates: [certificate], keys: [key] },
    { clock: systemClock, logger: new Lines() },
  )
  const server = await serve(describing, { headersTimeoutMs: 400 }, undefined, undefined, certificates.options())
  const hello = connectPlain(server.port, HOST).on('error', () => undefined)
  const drip = setInterval(() => hello.write(Buffer.of(0x16)), 20)
  hello.write(Buffer.from('16030102', 'hex'))
  // A client that writes meanwhile may be reset, which once() would take for a failure.
  await new Promise((resolve) => hello.resume().on('close', resolve))
  clearInterval(drip)
  assert.ok(['ConnectionTimedOut', 'TlsHandshakeFailed'].includes(codes(server)[0] ?? ''), codes(server).join())
})
