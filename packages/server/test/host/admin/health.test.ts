import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Check, healthOf } from '../../../src/host/admin/health.ts'
import type { Census } from '../../../src/host/admin/facts/key-census.ts'
import type { Watched, WatchedFolder } from '../../../src/host/admin/watched.ts'
import { sealed, watched } from './watched.ts'

const OVERDUE = { overdueDeletions: 3 } as Census
const BROKEN = {
  load: { waitingLines: 0, lagMs: 0, writtenLines: 0, writtenBytes: 0 },
  refusal: () => Promise.resolve('the audit log cannot be written'),
}

/** What can be wrong with a server, which check says so, and whether another server would do better. */
type Row = readonly [check: string, ready: boolean, but: Partial<Watched & WatchedFolder>, reason: RegExp]
const ROWS: Readonly<Record<string, Row>> = {
  'it starts': ['listener', false, { phase: () => 'starting' }, /is starting/],
  'it stops': ['listener', false, { phase: () => 'stopping' }, /is stopping/],
  'its database fails': [
    'store',
    false,
    { readStore: () => Promise.reject(new Error('disk I/O error at /var/lib')) },
    /^the database cannot be read$/,
  ],
  'its audit log fails': ['audit', false, { audit: BROKEN }, /^the audit log cannot be written$/],
  'its disk is full': ['disk', false, { isDiskScarce: () => true }, /disk space is scarce/],
  'it is sealed': ['root', false, sealed(), /^the server is sealed: the root file is not there$/],
  'it is being opened': ['root', false, sealed('opening'), /sealed, and tries to open .*: the root file is not there$/],
  'it is being sealed': ['root', false, sealed('sealing'), /^the server is being sealed: /],
  'deletions wait beyond their date': ['time guard', true, { keys: { last: OVERDUE } }, /^3 key deletions wait/],
}

for (const [name, [check, ready, but, reason]] of Object.entries(ROWS)) {
  test(`a server is ${ready ? '' : 'not '}ready while ${name}, and says so`, async () => {
    const health = await healthOf(watched(but))
    assert.equal(health.ready, ready)
    const wrong = health.checks.filter(({ ok }) => !ok)
    assert.deepEqual(
      wrong.map((one: Check) => [one.name, one.required]),
      [[check, !ready]],
    )
    assert.match(wrong[0]?.reason ?? '', reason)
  })
}

test('a server with which nothing is wrong is ready, and each check is in the table', async () => {
  const health = await healthOf(watched())
  assert.equal(health.ready, true)
  assert.ok(health.checks.every(({ ok, reason }) => ok && reason === undefined))
  const shown = new Set(Object.values(ROWS).map(([check]) => check))
  assert.deepEqual(new Set(health.checks.map(({ name }) => name)), shown)
})

test('a database that never answers does not hold the answer', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const health = healthOf(watched({ readStore: () => new Promise(() => undefined) }))
  await new Promise((resolve) => setImmediate(resolve))
  context.mock.timers.tick(2000)
  const { ready, checks } = await health
  assert.equal(ready, false)
  assert.equal(checks.find(({ name }) => name === 'store')?.reason, 'the database does not answer')
})
