import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { KMS } from '@keyhold/protocol'
import { folder } from '../../../../../tools/testing/folder.ts'
import { dev, type RunningServer } from '../../../src/index.ts'
import { METRICS } from '../../../src/host/admin/metrics-table.ts'
import type { Health } from '../../../src/host/admin/health.ts'
import type { Status } from '../../../src/host/admin/status.ts'
import { askAdmin, metricLines } from '../../support/ask-admin.ts'
import { RawClient } from '../http/fixture.ts'
import { Vault } from './support/vault.ts'

let vault: Vault
let running: RunningServer & AsyncDisposable

before(async () => {
  vault = await Vault.create()
  running = await vault.serve()
})
after(async () => {
  await running.stop()
  await vault[Symbol.asyncDispose]()
})

async function healthAt(server: RunningServer): Promise<{ status: number; health: Health }> {
  const { status, text } = await askAdmin(server.admin, '/readyz')
  return { status, health: JSON.parse(text) as Health }
}

test('a server answers on a socket in its data folder, and is ready when it has started', async () => {
  assert.equal(running.admin, `unix:${join(vault.folder, 'admin.sock')}`)
  assert.deepEqual(await askAdmin(running.admin, '/livez'), { status: 200, text: 'ok\n' })
  const { status, health } = await healthAt(running)
  assert.deepEqual([status, health.ready], [200, true])
})

test('every declared metric is written, and nothing else', async () => {
  const named = (await metricLines(running.admin, '# TYPE ')).map((line) => line.split(' ').slice(2))
  assert.deepEqual(
    named,
    METRICS.map(({ name, kind }) => [name, kind]),
  )
})

test('requests are counted by operation and result', async () => {
  using client = vault.client(running)
  const keyId = await client.createKey()
  await client.ok('Encrypt', { KeyId: keyId, Plaintext: 'dGV4dA==' })
  await client.fault('DescribeKey', { KeyId: 'alias/none' })
  const lines = await metricLines(running.admin, 'keyhold_requests_total')
  for (const line of [
    'keyhold_requests_total{service="kms",operation="Encrypt",result="success"} 1',
    'keyhold_requests_total{service="kms",operation="DescribeKey",result="not_found"} 1',
  ]) {
    assert.ok(lines.includes(line), line)
  }
})

test('attack: what strangers and callers choose makes no label, and no value of theirs is shown', async () => {
  using client = vault.client(running)
  const keyId = await client.createKey()
  const before = (await metricLines(running.admin, 'keyhold_')).length
  const accessKeyId = `AKIA${'STRANGER'.repeat(2)}`
  using stranger = vault.client(running, { credentials: { accessKeyId, secretAccessKey: 'guessed' } })
  for (const sent of [client, stranger]) {
    for (let n = 0; n < 20; n++) await sent.send(`${KMS.targetPrefix}.Chosen${n}`, Buffer.from('{}'))
  }
  for (let n = 0; n < 20; n++) {
    const raw = new RawClient(running.port).send(`CHOSEN${n} /chosen${n} HTTP/1.1\r\nHost: chosen${n}\r\n\r\n`)
    await raw.closed
  }
  const { text } = await askAdmin(running.admin, '/metrics')
  const { text: status } = await askAdmin(running.admin, '/status')
  const kinds = (await metricLines(running.admin, 'keyhold_')).length - before
  assert.ok(kinds < 60, `${kinds} lines more`)
  const { accessKeyId: own, secretAccessKey } = vault.credentials
  for (const value of ['hosen', accessKeyId, own, secretAccessKey, keyId, '111122223333', vault.rootFile]) {
    assert.ok(!text.includes(value), `/metrics shows ${value}`)
    assert.ok(!status.includes(value), `/status shows ${value}`)
  }
})

test('the status is what a person asks for', async () => {
  const { status, text } = await askAdmin(running.admin, '/status')
  assert.equal(status, 200)
  const shown = JSON.parse(text) as Status
  assert.match(shown.version, /^\d+\.\d+\.\d+/)
  assert.deepEqual(shown.listeners, [running.endpoint])
  assert.equal(shown.health.ready, true)
  assert.equal(shown.processId, process.pid)
  assert.ok((shown.requests['success'] ?? 0) > 0 && shown.disk.freeBytes > 0)
})

test('a further server on the folder has a socket of its own', async () => {
  await using second = await vault.serve()
  assert.equal(second.admin, `unix:${join(vault.folder, 'admin-2.sock')}`)
  assert.equal((await healthAt(second)).status, 200)
  assert.equal((await healthAt(running)).status, 200)
})

test('while it stops it is alive and not ready, and its socket goes with it', async () => {
  const stopping = await vault.serve()
  const half = new RawClient(stopping.port).send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{')
  while ((await metricLines(stopping.admin, 'keyhold_connections{phase="receiving"}'))[0]?.at(-1) !== '1');
  const stopped = stopping.stop()
  const { status, health } = await healthAt(stopping)
  assert.equal(status, 503)
  assert.deepEqual(
    health.checks.filter(({ ok }) => !ok).map(({ name, reason }) => [name, reason]),
    [['listener', 'the server is stopping, and answers what it has begun']],
  )
  assert.equal((await askAdmin(stopping.admin, '/livez')).status, 200)
  half.send('}')
  await stopped
  assert.ok(!existsSync(join(vault.folder, 'admin-2.sock')))
  await assert.rejects(askAdmin(stopping.admin, '/livez'), { code: 'ENOENT' })
})

test('a socket or an address can be named, and one that is in use keeps the server from starting', async () => {
  await using at = await folder()
  await using one = await vault.serve({ admin: { path: at.path('own.sock') } })
  assert.equal(one.admin, `unix:${at.path('own.sock')}`)
  await assert.rejects(vault.serve({ admin: { path: at.path('own.sock') } }), { name: 'AdminListenerError' })
  await using other = await vault.serve({ admin: { host: '127.0.0.1', port: 0 } })
  assert.equal((await healthAt(other)).status, 200)
  const port = Number(new URL(other.admin ?? '').port)
  await assert.rejects(vault.serve({ admin: { host: '127.0.0.1', port } }), { name: 'AdminListenerError' })
})

test('a server without an admin listener has none', async () => {
  await using none = await vault.serve({ admin: 'off' })
  assert.equal(none.admin, undefined)
})

test('a data folder whose path is too long for a socket is served, and a notice says so', async () => {
  await using at = await folder()
  const deep = at.path('d'.repeat(100))
  mkdirSync(deep)
  await using long = await Vault.in(deep)
  await using server = await long.serve()
  assert.equal(server.admin, undefined)
  assert.match(server.notices.join('\n'), /There is no admin listener\. The path of a socket can have/)
  using client = long.client(server)
  await client.createKey()
})

test('a development server has an admin listener where it is asked for', async () => {
  const plain = await dev({ port: 0, logLevel: 'silent' })
  assert.equal(plain.admin, undefined)
  await plain.stop()
  const watched = await dev({ port: 0, logLevel: 'silent', clock: 'manual', admin: { host: '::1', port: 0 } })
  assert.match(watched.admin ?? '', /^http:\/\/\[::1\]:\d+$/)
  await watched.stop()
})
