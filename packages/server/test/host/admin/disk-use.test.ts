import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { folder } from '../../../../../tools/testing/folder.ts'
import { DiskWatch } from '../../../src/host/admin/facts/disk-use.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const HOUR_MS = 3_600_000
const DAYS = 24

interface Watching extends AsyncDisposable {
  disk: DiskWatch
  grow(bytes: number): void
  /** Lets ten minutes pass so often, and measures each time. */
  passMs(ms: number): Promise<void>
  path(name: string): string
}

async function watching(): Promise<Watching> {
  const at = await folder()
  mkdirSync(at.path('audit/stream'), { recursive: true })
  writeFileSync(at.path('keyhold.db'), 'a'.repeat(1000))
  writeFileSync(at.path('keyhold.db-wal'), 'a'.repeat(200))
  writeFileSync(at.path('audit/stream/1.log'), 'a'.repeat(30))
  writeFileSync(at.path('reserve'), 'a'.repeat(5000))
  const clock = manualClock(0)
  const disk = new DiskWatch({ folder: dirname(at.path('x')), clock, logger: silentLogger })
  return {
    disk,
    grow: (bytes) => appendFileSync(at.path('audit/stream/1.log'), 'a'.repeat(bytes)),
    async passMs(ms) {
      for (let passed = 0; passed < ms; passed += HOUR_MS / 6) {
        clock.advance(HOUR_MS / 6)
        await disk.measure()
      }
    },
    path: at.path,
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  }
}

test('database and audit log are measured with what is beside and below them', async () => {
  await using at = await watching()
  const { disk } = at
  assert.equal(disk.use, undefined)
  await disk.measure()
  assert.deepEqual(disk.use, { databaseBytes: 1200, auditBytes: 30 })
})

test('how long the disk lasts is unknown in the first hour, and while nothing grows', async () => {
  await using at = await watching()
  const { disk, grow, passMs } = at
  await disk.measure()
  assert.equal(await disk.daysLeft(), undefined)
  grow(1000)
  await passMs(HOUR_MS / 2)
  assert.equal(await disk.daysLeft(), undefined)
  await using still = await watching()
  await still.disk.measure()
  await still.passMs(2 * HOUR_MS)
  assert.equal(await still.disk.daysLeft(), undefined)
})

test('how long the disk lasts follows from the growth that was observed', async () => {
  await using at = await watching()
  const { disk, grow, passMs } = at
  await disk.measure()
  grow(1000)
  await passMs(HOUR_MS)
  const days = await disk.daysLeft()
  const expected = (await disk.freeBytes()) / (1000 * DAYS)
  assert.ok(days !== undefined && Math.abs(days / expected - 1) < 0.01, `${days}, not ${expected}`)
})

test('growth is that of the last day: what was before is forgotten', async () => {
  await using at = await watching()
  const { disk, grow, passMs } = at
  await disk.measure()
  grow(100_000)
  await passMs(HOUR_MS)
  assert.notEqual(await disk.daysLeft(), undefined)
  await passMs(25 * HOUR_MS)
  assert.equal(await disk.daysLeft(), undefined)
})

test('a folder that cannot be measured leaves the former measure as it is', async () => {
  await using at = await watching()
  const { disk, path } = at
  await disk.measure()
  rmSync(path('audit'), { recursive: true })
  await disk.measure()
  assert.deepEqual(disk.use, { databaseBytes: 1200, auditBytes: 30 })
})
