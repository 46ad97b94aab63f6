import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testedCommand } from '../../../../tools/testing/command.ts'
import { keyhold } from '../../../../tools/testing/keyhold.ts'
import { untilRefused } from '../../../../tools/testing/refused.ts'
import {
  cleanEnvironment,
  clientOf,
  fail,
  initialize,
  start,
  succeed,
  temporaryFolder,
  type Vault,
} from '../support/vault.ts'

const serveArgs = ({ data }: Vault): string[] => ['serve', '--data', data, '--port', '0']

test('serve answers from the moment it says Ready, says what to know, and ends well on each signal', async (t) => {
  const vault = await initialize(t)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    const server = await start(t, serveArgs(vault))
    const answer = await fetch(server.endpoint, { method: 'POST', body: '{}' })
    assert.equal(answer.status, 400)
    assert.match(server.said, /^Note: .*policies are enforced/m)
    assert.match(server.said, /^Note: Listens on the loopback interface only\.$/m)
    const { status, stdout } = await server.stop(signal)
    assert.equal(status, 0)
    assert.equal(stdout, `Ready. ${server.endpoint}\n`)
  }
})

test('serve listens on the loopback interface only', async (t) => {
  const server = await start(t, serveArgs(await initialize(t)))
  assert.equal(new URL(server.endpoint).hostname, '127.0.0.1')
  // 127.0.0.2 is this machine, too: a server on all interfaces would answer there.
  const elsewhere = server.endpoint.replace('127.0.0.1', '127.0.0.2')
  await assert.rejects(fetch(elsewhere, { method: 'POST' }), { message: 'fetch failed' })
})

test('keys survive a server that is killed', async (t) => {
  const vault = await initialize(t)
  const first = await start(t, serveArgs(vault))
  await succeed(['key', 'create', '--alias', 'kept'], clientOf(vault, first))
  await first.stop('SIGKILL')
  const second = await start(t, serveArgs(vault))
  assert.match(await succeed(['key', 'show', 'alias/kept'], clientOf(vault, second)), /^State +Enabled$/m)
})

test('serve answers a request under way after SIGTERM, and takes no new connection', { timeout: 60_000 }, async (t) => {
  const server = await start(t, serveArgs(await initialize(t)))
  const { socket, finish } = await halfARequest(t, server.endpoint)
  const ended = server.stop()
  await untilRefused(Number(new URL(server.endpoint).port))
  assert.equal(server.process.exitCode, null)
  finish()
  assert.match(await text(socket), /^HTTP\/1\.1 400 [\s\S]*MissingAuthenticationToken/)
  assert.equal((await ended).status, 0)
})

test('a second signal ends serve at once', { timeout: 60_000 }, async (t) => {
  const server = await start(t, serveArgs(await initialize(t)))
  await halfARequest(t, server.endpoint)
  const first = server.stop()
  await untilRefused(Number(new URL(server.endpoint).port))
  assert.equal(server.process.exitCode, null, 'the first signal did not wait for the request under way')
  await server.stop()
  assert.equal((await first).status, 128 + 15)
})

/** A connection on which a request has begun to arrive: the server has asked for its body. */
async function halfARequest(t: TestContext, endpoint: string): Promise<{ socket: Socket; finish(): void }> {
  const socket = connect(Number(new URL(endpoint).port), '127.0.0.1')
  socket.on('error', () => undefined)
  t.after(() => socket.destroy())
  const head = [
    'POST / HTTP/1.1',
    'Host: localhost',
    'X-Amz-Target: TrentService.ListKeys',
    'Content-Length: 2',
    'Expect: 100-continue',
    '',
    '{',
  ]
  socket.write(head.join('\r\n'))
  const [asked] = (await once(socket, 'data')) as [Buffer]
  assert.equal(asked.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
  return { socket, finish: () => socket.write('}') }
}

test('serve refuses a port that is in use and says so', async (t) => {
  const vault = await initialize(t)
  const other = await initialize(t)
  const { port } = new URL((await start(t, serveArgs(vault))).endpoint)
  await fail(
    ['serve', '--data', other.data, '--port', port],
    2,
    new RegExp(`Cannot listen on 127.0.0.1:${port}: the address is in use\\.\nName another`),
  )
})

test('serve refuses an uninitialized folder, and creates nothing', async (t) => {
  const folder = temporaryFolder(t)
  await fail(
    ['serve', '--data', folder, '--port', '0'],
    9,
    /is not a Keyhold data folder\. Create one with: keyhold init/,
  )
  assert.deepEqual(readdirSync(folder), [])
})

test('serve refuses a folder that dev made', async (t) => {
  const folder = temporaryFolder(t)
  const server = await start(t, ['dev', '--data', folder, '--port', '0'])
  await server.stop()
  await fail(
    ['serve', '--data', folder, '--port', '0'],
    2,
    /was created by keyhold dev, which does not verify credentials/,
  )
})

const SPOILED: Readonly<Record<string, { spoil(vault: Vault, other: Vault): void; message: RegExp }>> = {
  foreign: {
    spoil: ({ rootFile }, other) => copyFileSync(other.rootFile, rootFile),
    message: /contains the root \S+; this data folder needs \S+\. Name the file that belongs to this data folder\./,
  },
  damaged: {
    spoil: ({ rootFile }) => writeFileSync(rootFile, readFileSync(rootFile).subarray(0, -20)),
    message: /is not a root file, or it is damaged\. Restore it from your backup/,
  },
  'readable by others': {
    spoil: ({ rootFile }) => chmodSync(rootFile, 0o644),
    message: /Other users can access the root file \S+ \(mode 644\)\. Run `chmod 600/,
  },
}

for (const [how, { spoil, message }] of Object.entries(SPOILED)) {
  test(`serve refuses a root file that is ${how}, makes no new one, and starts once it is back`, async (t) => {
    const [vault, other] = [await initialize(t), await initialize(t)]
    const right = readFileSync(vault.rootFile)
    spoil(vault, other)
    const spoiled = existsSync(vault.rootFile) ? readFileSync(vault.rootFile) : undefined
    await fail(serveArgs(vault), 7, message)
    assert.deepEqual(existsSync(vault.rootFile) ? readFileSync(vault.rootFile) : undefined, spoiled)
    writeFileSync(vault.rootFile, right, { mode: 0o600 })
    chmodSync(vault.rootFile, 0o600)
    await start(t, serveArgs(vault))
  })
}

test('serve without its root file starts sealed, or not with --require-open, and opens by itself', async (t) => {
  const vault = await initialize(t)
  const away = `${vault.rootFile}.moved`
  renameSync(vault.rootFile, away)
  const message = /The root file \S+data\.root does not exist\. Restore it from your backup/
  await fail([...serveArgs(vault), '--require-open'], 7, message)
  const ready = `${vault.folder}/ready`
  const args = [...testedCommand().args, ...serveArgs(vault), '--ready-file', ready]
  const server = spawn(process.execPath, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => server.kill('SIGKILL'))
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]()
  const first = String((await lines.next()).value)
  assert.match(first, /^Sealed\. http:/)
  const asked = await fetch(first.replace('Sealed. ', ''), { method: 'POST', body: '{}' })
  assert.equal(asked.status, 500)
  const { status, stdout } = await keyhold(['status', '--data', vault.data], cleanEnvironment())
  assert.equal(status, 4)
  assert.match(stdout, /^Root +sealed, since [^]*^Not ready +root: the server is sealed: the root file is not there$/m)
  assert.equal(existsSync(ready), false)
  assert.equal(existsSync(vault.rootFile), false)
  renameSync(away, vault.rootFile)
  assert.equal((await lines.next()).value, first.replace('Sealed', 'Ready'))
  assert.equal(existsSync(ready), true)
  server.kill('SIGTERM')
  assert.deepEqual(await once(server, 'exit'), [0, null])
})

test('serve takes its folder and port from the environment, and a flag goes before it', async (t) => {
  const vault = await initialize(t)
  const { port } = new URL((await start(t, serveArgs(vault))).endpoint)
  const env = { ...process.env, KEYHOLD_DATA: vault.data, KEYHOLD_PORT: port }
  await fail(['serve'], 2, /is in use/, env)
  await start(t, ['serve', '--port', '0'], env)
})

test('serve takes its settings from the file that --config or KEYHOLD_CONFIG names, paths from its folder on', async (t) => {
  const vault = await initialize(t)
  const file = `${vault.folder}/keyhold.yaml`
  writeFileSync(file, 'data: data\nport: 0\nrates: { enforced: false }\nlog: { access: requests.log }\n')
  await (await start(t, ['serve', '--config', file])).stop()
  assert.equal(readFileSync(`${vault.folder}/requests.log`, 'utf8'), '')
  await fail(['serve', '--config', file, '--access-log', '/none/a.log'], 9, /The access log \/none\/a\.log cannot be/)
  await start(t, ['serve'], { ...cleanEnvironment(), KEYHOLD_CONFIG: file })
})

test('serve says all that is wrong with its settings', async (t) => {
  const folder = temporaryFolder(t)
  const file = `${folder}/keyhold.yaml`
  writeFileSync(file, 'prot: 0\nrates:\n  workers: many\n')
  await fail(
    ['serve', '--config', file],
    2,
    /keyhold\.yaml:1: prot: .* is not known here\.[^]*\ndata: [^]*:3: rates\.workers: Expected/,
  )
  await fail(['serve', '--config', `${file}x`], 9, /keyhold\.yamlx/)
  chmodSync(file, 0o666)
  await fail(['serve', '--config', file], 9, /Other users can write .*keyhold\.yaml/)
})

test(
  'serve reads its settings again at SIGHUP, and keeps what it has if they are wrong',
  { timeout: 60_000 },
  async (t) => {
    const vault = await initialize(t)
    const file = `${vault.folder}/keyhold.yaml`
    const write = (more: string): void => writeFileSync(file, `data: data\nport: 0\n${more}`)
    write('')
    const server = await start(t, ['serve', '--config', file, '--rate-workers', '2'])
    const afterHangUp = async (pattern: RegExp): Promise<void> => {
      server.process.kill('SIGHUP')
      while (!pattern.test(server.said)) await sleep(20)
    }
    await afterHangUp(/^Note: Settings read again\. Nothing has changed\.$/m)
    write('audit: { durability: write }\nrates: { enforced: false, workers: 3 }\n')
    await afterHangUp(
      /^Note: Settings read again\. In use now: request rates\.\nNote: .* Only a restart changes: audit\.durability\.$/m,
    )
    write('rates: { enforced: maybe }\nprot: 1\n')
    await afterHangUp(/^Note: The new settings are refused, [^]*:3: rates\.enforced: Expected true or false/m)
    assert.match(server.said, /^Note: .*:4: prot: "prot" is not known here/m)
    const answer = await fetch(server.endpoint, { method: 'POST', body: '{}' })
    assert.equal(answer.status, 400)
    assert.equal((await server.stop()).status, 0)
  },
)

test('serve refuses a file of issuers that it does not understand, before it answers', async (t) => {
  const vault = await initialize(t)
  const file = `${temporaryFolder(t)}/issuers.yaml`
  writeFileSync(file, '- issuer: http://issuer.example.com\n  audiences: [sts]\n')
  await fail([...serveArgs(vault), '--oidc', file], 2, /The file of --oidc cannot be used: .*is not the https: URL/)
  await fail([...serveArgs(vault), '--oidc', `${file}x`], 9, /issuers\.yamlx/)
})

test('serve answers on the sockets that a service manager opened, also through its launcher', async (t) => {
  const vault = await initialize(t)
  const path = join(vault.folder, 'socket')
  const byPort = createServer().listen(0, '127.0.0.1')
  const opened = [byPort, createServer().listen(path)]
  await Promise.all(opened.map((server) => once(server, 'listening')))
  const { port } = byPort.address() as { port: number }
  const descriptors = opened.map((server) => (server as unknown as { _handle: { fd: number } })._handle.fd)
  const launcher = join(import.meta.dirname, '../../bin/keyhold.js')
  const keyhold = testedCommand().bin?.installed.concat('/keyhold') ?? launcher
  const command = 'LISTEN_PID=$$ LISTEN_FDS=2 exec "$0" "$1" serve --data "$2"'
  const child = spawn('sh', ['-c', command, process.execPath, keyhold, vault.data], {
    stdio: ['ignore', 'pipe', 'inherit', ...descriptors],
    env: cleanEnvironment(),
  })
  const ended = once(child, 'exit')
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  renameSync(path, `${path}.kept`) // node:net removes the name that it gave
  for (const server of opened) server.close()
  assert.equal(String(line), `Ready. http://127.0.0.1:${port} unix:\n`)
  assert.equal((await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: '{}' })).status, 400)
  const socket = connect({ path: `${path}.kept` }).on('error', () => undefined)
  socket.end('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  assert.match(await text(socket), /^HTTP\/1\.1 400 /)
  child.kill()
  assert.deepEqual(await ended, [0, null])
})
