import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSqliteStore } from '../../../../src/vault/storage/sqlite/sqlite-store.ts'
import { needs } from '../../../../../../tools/testing/needs.ts'
import { systemCalls, underStrace } from './strace.ts'
import type { SystemCall } from './strace.ts'
import { temporaryFolder } from './subject.ts'
import { ledgerKey } from '../ledger-key.ts'

const COMMIT_ONCE = new URL('./children/commit-once.ts', import.meta.url)
const COMMIT_FOREVER = new URL('./children/commit-forever.ts', import.meta.url)
const COMMIT_RETRYING = new URL('./children/commit-retrying.ts', import.meta.url)
const FLUSHES = ['fsync', 'fdatasync']

describe('an acknowledged commit is on disk', { skip: needs('strace') }, () => {
  test('its last write to the log is flushed before the first byte of its acknowledgement', async () => {
    const calls = await traceOneCommit([])
    assert.equal(acknowledgedBeforeFlushed(calls), false)
  })

  for (const pragma of ['synchronous = OFF', 'synchronous = NORMAL']) {
    test(`and this test fails a store with ${pragma}`, async () => {
      assert.equal(acknowledgedBeforeFlushed(await traceOneCommit([pragma])), true)
    })
  }

  test('the new log and database are entered in their folder, and that is flushed, before anything is acknowledged', async () => {
    const calls = await traceOneCommit([])
    const { startedAt: acknowledged } = marker(calls, 'committed')
    const flushed = calls.filter((call) => FLUSHES.includes(call.name) && call.endedAt < acknowledged)
    const folders = flushed.filter(({ file }) => file.endsWith('/data'))
    assert.ok(folders.length >= 2, 'once when the file is created, once when SQLite creates its log')
  })
})

describe('a disk that fails', { skip: needs('strace') }, () => {
  const faults = { io: 'fsync,fdatasync:error=EIO:when=3+4', full: 'pwrite64:error=ENOSPC:when=11+97' }
  for (const [code, fault] of Object.entries(faults)) {
    test(`rejects commits as ${code}, and each sent again with its id is applied exactly once`, async () => {
      const folder = await temporaryFolder()
      const file = join(folder.path, 'keyhold.db')
      await (await openSqliteStore({ file, create: true, ledgerKey })).close()

      const options = ['-e', 'trace=fsync,fdatasync,pwrite64', '-P', `${file}-wal`, '-e', `inject=${fault}`]
      const printed = await underStrace(['-o', join(folder.path, 'strace.log'), ...options], COMMIT_RETRYING, [file])
      const codes = printed.split('\n').filter((line) => line !== '')
      assert.ok(codes.length > 0, 'no fault was injected')
      assert.deepEqual(new Set(codes), new Set([code]))

      assertSound(file)
      const store = await openSqliteStore({ file, create: true, ledgerKey })
      assert.equal((await store.listByOwner('key', '111122223333/eu-central-1', { limit: 100 })).length, 20)
      assert.equal(await store.revision(), 20)
      await store.close()
      await folder.remove()
    })
  }
})

test('kill -9 in a write loop loses nothing acknowledged', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder()
  const file = join(folder.path, 'keyhold.db')
  const acknowledged: string[] = []
  for (let round = 0; round < 6; round++) {
    acknowledged.push(...(await killWriter(file, round)))
    assertSound(file)
  }
  const store = await openSqliteStore({ file, create: true, ledgerKey })
  const events = new Set((await store.pendingAudit(1_000_000)).map(({ eventId }) => eventId))
  const changed = new Map((await store.changesSince(0))?.map(({ id, revision }) => [id, revision]))
  for (const line of acknowledged) {
    const [id = '', revision] = line.split(' ')
    assert.equal((await store.get('key', id))?.sealed?.byteLength, 200, id)
    assert.equal(changed.get(id), Number(revision))
    assert.ok(events.has(id))
  }
  assert.equal(changed.size, events.size, 'a row without its audit entry, or the reverse')
  await store.close()
  await folder.remove()
})

async function traceOneCommit(pragmas: readonly string[]): Promise<SystemCall[]> {
  const folder = await temporaryFolder()
  const log = join(folder.path, 'strace.log')
  const options = ['-y', '-o', log, '-e', 'trace=fsync,fdatasync,pwrite64,pwritev,write,writev']
  await underStrace(options, COMMIT_ONCE, [join(folder.path, 'data', 'keyhold.db'), ...pragmas])
  const calls = await systemCalls(log)
  await folder.remove()
  return calls
}

/** Whether the program said `committed` while bytes it had written to the log were not flushed. */
function acknowledgedBeforeFlushed(calls: readonly SystemCall[]): boolean {
  const { startedAt: openedAt } = marker(calls, 'opened')
  const { startedAt: acknowledgedAt } = marker(calls, 'committed')
  const before = calls.filter((call) => call.startedAt > openedAt && call.startedAt < acknowledgedAt)
  const ofLog = before.filter(({ file }) => file.endsWith('keyhold.db-wal'))
  const written = ofLog.findLast(({ name }) => name.startsWith('pwrite'))
  assert.ok(written, 'the commit did not write to the log')
  return !ofLog.some(
    (call) => FLUSHES.includes(call.name) && call.startedAt > written.endedAt && call.endedAt < acknowledgedAt,
  )
}

function marker(calls: readonly SystemCall[], text: string): SystemCall {
  const found = calls.find((call) => call.name === 'write' && call.arguments.startsWith(`, "${text}\\n"`))
  return found ?? assert.fail(`the program did not say ${text}`)
}

/** Lines that the writer printed before it was killed. */
async function killWriter(file: string, round: number): Promise<string[]> {
  const command = ['--conditions=source', COMMIT_FOREVER.pathname, file, String(round)]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const lines: string[] = []
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => lines.push(line))
  await once(reader, 'line')
  await sleep(30 + 40 * round)
  child.kill('SIGKILL')
  assert.deepEqual(await closed, [null, 'SIGKILL'])
  assert.ok(lines.length > 1)
  return lines
}

/** The database as it is after the death of its writer: recovered from the log by this very opening. */
function assertSound(file: string): void {
  const database = new DatabaseSync(file)
  assert.equal(database.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok')
  database.close()
}
