import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { serve } from '@keyhold/server'
import type { Status } from '@keyhold/server'
import { keyhold } from '../../../../tools/testing/keyhold.ts'
import { report } from '../../src/serving/status/report.ts'
import { cleanEnvironment, initialize, temporaryFolder } from '../support/vault.ts'

const STATUS: Status = {
  version: '1.2.3',
  processId: 77,
  startedAt: '2026-01-01T00:00:00.000Z',
  uptimeSeconds: 93_784,
  health: { ready: true, checks: [{ name: 'store', ok: true, required: true }] },
  seal: { state: 'open', since: '2026-01-01T00:00:00.000Z' },
  listeners: ['https://127.0.0.1:8443', 'unix:/run/keyhold.sock'],
  certificates: [{ name: 'kms.example.com', expiresAt: '2026-03-01T00:00:00.000Z' }],
  keys: {
    countedAt: '2026-01-02T02:00:00.000Z',
    states: { Enabled: 12, PendingDeletion: 2 },
    nextDeletionAt: '2026-01-09T00:00:00.000Z',
    overdueDeletions: 1,
    rotating: 3,
    nextRotationAt: '2026-06-01T00:00:00.000Z',
    overdueRotations: 0,
    nextMaterialExpiryAt: '2026-02-01T00:00:00.000Z',
  },
  domainKeys: [
    { domain: 'global', generation: 2, ageSeconds: 90_000, retired: 1 },
    { domain: 'eu-central-1', generation: 1, ageSeconds: 3600, retired: 0 },
  ],
  audit: { lagSeconds: 0.012, waiting: 4, bytes: 5_368_709_120 },
  disk: { freeBytes: 10_737_418_240, daysLeft: 41.6, databaseBytes: 2048 },
  requests: { success: 900, denied: 37, not_found: 1 },
  requestsWaiting: 5,
  connections: 40,
  eventLoopDelay: { p99Seconds: 0.0031, maxSeconds: 0.02 },
  unconfirmedStops: 0,
}

test('the status of a server is a line for everything that is known', () => {
  assert.equal(
    report('unix:/data/admin.sock', STATUS),
    `Server         Keyhold 1.2.3, process 77
Up             1 d 2 h, since 2026-01-01T00:00:00.000Z
Listens        https://127.0.0.1:8443, unix:/run/keyhold.sock
Admin          unix:/data/admin.sock
Certificate    kms.example.com, expires 2026-03-01T00:00:00.000Z
Ready          yes
Requests       900 success, 37 denied, 1 not found, 0.0 a second
Waiting        5 requests, 40 connections open
Loop delay     3 ms (p99)
Keys           12 Enabled, 2 PendingDeletion, counted 2026-01-02T02:00:00.000Z
Next deletion  2026-01-09T00:00:00.000Z
Overdue        1 deletions
Rotating       3 keys, next 2026-06-01T00:00:00.000Z
Next expiry    2026-02-01T00:00:00.000Z
Domain keys    global 2 (1 d 1 h old, 1 older not destroyed yet), eu-central-1 1 (1 h 0 min old)
Audit log      5.0 GiB, 4 records wait, for 12 ms
Database       2.0 KiB
Disk           10.0 GiB free, full in 41 days as it grows now
`,
  )
})

test('what is not known yet is said or left out, and what is wrong has its reason', () => {
  const { keys: _, eventLoopDelay: __, ...rest } = STATUS
  const checks = [
    { name: 'audit', ok: false, required: true, reason: 'the audit log cannot be written' },
    { name: 'time guard', ok: false, required: false, reason: '1 key deletions wait' },
  ]
  const text = report('127.0.0.1:9670', {
    ...rest,
    listeners: [],
    certificates: [],
    health: { ready: false, checks },
    audit: { lagSeconds: 0, waiting: 0 },
    disk: { freeBytes: 0, daysLeft: 0.2 },
    requests: {},
    uptimeSeconds: 0,
  })
  for (const line of [
    /^Up +0 s, since /m,
    /^Listens +not yet$/m,
    /^Ready +no$/m,
    /^Not ready +audit: the audit log cannot be written$/m,
    /^Warning +time guard: 1 key deletions wait$/m,
    /^Requests +none$/m,
    /^Keys +not counted yet$/m,
    /^Audit log +size not measured yet, 0 records wait, for 0 ms$/m,
    /^Disk +0 bytes free, full in less than a day$/m,
  ]) {
    assert.match(text, line)
  }
})

test('status finds every server of a data folder, says what it needs, and exits with 4 where none answers', async (t) => {
  const { data } = await initialize(t)
  const env = { ...cleanEnvironment(), KEYHOLD_DATA: data }
  const none = await keyhold(['status'], env)
  assert.deepEqual([none.status, none.stdout], [4, ''])
  assert.match(none.stderr, /^keyhold: No server has an admin socket in .*\nCheck that one runs there/)

  await using one = await serve({ folder: data, port: 0, logLevel: 'silent' })
  await using other = await serve({ folder: data, port: 0, logLevel: 'silent' })
  const people = await keyhold(['status'], env)
  assert.deepEqual([people.status, people.stderr], [0, ''])
  assert.equal(people.stdout.match(/^Ready +yes$/gm)?.length, 2)
  const programs = await keyhold(['status', '--json', '--data', data], cleanEnvironment())
  const { servers } = JSON.parse(programs.stdout) as { servers: { admin: string; status: Status }[] }
  assert.deepEqual(
    servers.map(({ admin, status }) => [admin, status.listeners]),
    [
      [`unix:${join(data, 'admin.sock')}`, [one.endpoint]],
      [`unix:${join(data, 'admin-2.sock')}`, [other.endpoint]],
    ],
  )
})

test('status asks a listener that is named, and says what is wrong with its address or its answer', async (t) => {
  const { data } = await initialize(t)
  await using running = await serve({
    folder: data,
    port: 0,
    logLevel: 'silent',
    admin: { host: '127.0.0.1', port: 0 },
  })
  const address = new URL(running.admin ?? '').host
  const asked = await keyhold(['status', '--admin', address], cleanEnvironment())
  assert.deepEqual([asked.status, asked.stderr], [0, ''])
  const mute = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno', () => socket.destroy())
  })
  t.after(() => void mute.close())
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as { port: number }
  for (const [at, why] of [
    [`127.0.0.1:${port}`, /No server answers at 127\.0\.0\.1:\d+: .*JSON/],
    ['nonsense', /No server answers at nonsense: this is no HOST:PORT and no unix:PATH\./],
    [`unix:${join(temporaryFolder(t), 'none.sock')}`, /No server answers at unix:/],
  ] as const) {
    const { status, stderr } = await keyhold(['status', '--admin', at], cleanEnvironment())
    assert.equal(status, 4, at)
    assert.match(stderr, why)
  }
})

test('status wants to know where to look', async () => {
  const { status, stderr } = await keyhold(['status'], cleanEnvironment())
  assert.equal(status, 2)
  assert.match(stderr, /Name the data folder with --data or KEYHOLD_DATA, or an admin listener with --admin\./)
})
