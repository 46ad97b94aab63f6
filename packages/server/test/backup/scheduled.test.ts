import assert from 'node:assert/strict'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { backUpIfDue, scheduleBackups } from '../../src/host/assembly/scheduled-backups.ts'
import { backupTimes } from '../../src/backup/last-drill.ts'
import { readTip } from '../../src/backup/catalog.ts'
import { scene } from './scene.ts'

const HOUR_MS = 3_600_000

test('backups are made when they are due: first a full one, then what changed, and again a full one', async (t) => {
  const at = await scene(t)
  const plan = { to: at.to, everyMs: HOUR_MS, fullEveryMs: 3 * HOUR_MS, keep: 3 }
  const { signal } = new AbortController()
  assert.deepEqual(await backupTimes(at.engine.records), { madeMs: 0, drilledMs: 0 })
  const kinds: string[] = []
  for (let round = 0; round < 5; round += 1) {
    assert.equal(await backUpIfDue(plan, at.engine, signal), true, `round ${round}`)
    assert.equal(await backUpIfDue(plan, at.engine, signal), false, `again in round ${round}`)
    const { tip } = await readTip(at.engine.records)
    kinds.push(tip?.backupId === tip?.chain ? 'full' : 'more')
    at.clock.advance(HOUR_MS)
  }
  assert.deepEqual(kinds, ['full', 'more', 'more', 'full', 'more'])
  assert.equal((await backupTimes(at.engine.records)).madeMs, at.clock.now() - HOUR_MS)
  // The newest three, and what the third needs.
  assert.equal((await readdir(at.to)).length, 5)
  await rm(at.to, { recursive: true })
  await mkdir(at.to)
  assert.equal(await backUpIfDue(plan, at.engine, signal), true)
  assert.equal((await readTip(at.engine.records)).tip?.madeMs, at.clock.now())
})

test('a server that stops gives up a backup in the middle, and leaves nothing', async (t) => {
  const at = await scene(t)
  const stopping = new AbortController()
  const plan = { to: at.to, everyMs: HOUR_MS, fullEveryMs: HOUR_MS, keep: 1 }
  const making = backUpIfDue(plan, at.engine, stopping.signal)
  stopping.abort()
  await assert.rejects(making, { name: 'BackupError', message: /given up/ })
  assert.deepEqual(await readdir(at.to), [])
  const stop = scheduleBackups({ ...plan, to: join(at.to, 'not-there') }, at.engine)
  at.clock.advance(60_000)
  await stop()
  assert.deepEqual(await readdir(at.to), [])
})
