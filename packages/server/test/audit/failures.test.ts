import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { AuditBench, recordOf } from './support/audit-bench.ts'
import { WatchedFiles } from './support/watched-files.ts'

const isSegment = (file: string): boolean => file.endsWith('.log')

test('no record is acknowledged before the datasync that follows the write of its bytes', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const log = await bench.open({ files, durability: 'fsync' })
  files.calls.length = 0
  const appends = Array.from({ length: 40 }, async (_, sequence) => {
    if (sequence % 3 === 0) await new Promise((resolve) => setTimeout(resolve, sequence / 10))
    await log.record(recordOf(sequence))
    const stored = (await bench.lines(log.stream)).findIndex((line) => line.includes(recordOf(sequence).eventId))
    assert.ok(stored > 0)
    files.calls.push('resolved')
  })
  await Promise.all(appends)
  // Between an acknowledged record and the call before it that touched the disk there is always a finished datasync.
  let synced = false
  for (const call of files.calls) {
    if (call.startsWith('datasync')) synced = true
    if (call === 'resolved') assert.ok(synced)
  }
  assert.equal(files.calls[0], 'write 00000001.log')
  assert.equal(files.calls[1], 'datasync 00000001.log')
  await log.close()
})

test('while the datasync hangs, its appends wait', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  let release: (() => void) | undefined
  const { create } = files
  files.create = async (path) => {
    const file = await create.call(files, path)
    const datasync = async (): Promise<void> => {
      if (release === undefined) return file.datasync()
      await new Promise<void>((resolve) => (release = resolve))
    }
    return { ...file, datasync }
  }
  const log = await bench.open({ files, durability: 'fsync' })
  release = () => {}
  let resolved = false
  const recorded = log.record(recordOf(1)).then(() => (resolved = true))
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(resolved, false)
  release()
  await recorded
  release = undefined
  await log.close()
})

test('at the level `write` nothing is synced for a record', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const log = await bench.open({ files, durability: 'write' })
  files.calls.length = 0
  await log.record(recordOf(1))
  assert.deepEqual(files.calls, ['write 00000001.log'])
  await log.close()
})

for (const failing of ['write', 'datasync'] as const) {
  test(`after a failed ${failing} the segment is abandoned, and its batch goes to the next`, async () => {
    await using bench = await AuditBench.create()
    const files = new WatchedFiles()
    const log = await bench.open({ files, durability: 'fsync' })
    await log.record(recordOf(1))
    files.fail = (call, file) => call === failing && file === '00000001.log'
    await Promise.all([log.record(recordOf(2)), log.record(recordOf(3))])
    const abandonedAt = files.calls.length
    await log.record(recordOf(4))
    assert.deepEqual(files.calls.slice(abandonedAt), ['write 00000002.log', 'datasync 00000002.log'])
    assert.equal(log.broken, undefined)
    const [opening = ''] = await bench.lines(log.stream, 2)
    assert.match(opening, /^\{"segment":\{.*"reason":"failure"/)
    await log.close()
    const report = await bench.verify()
    assert.deepEqual(report.problems, [])
    assert.equal(report.records, 4)
    const ids = await bench.eventIds()
    assert.deepEqual(
      ids,
      [1, 2, 3, 4].map((sequence) => recordOf(sequence).eventId),
    )
  })
}

test('a full disk refuses every record, retries once per second, and recovers', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const log = await bench.open({ files, durability: 'fsync' })
  await log.record(recordOf(1))
  files.fail = (call, file) => call === 'write' && isSegment(file)
  await assert.rejects(log.record(recordOf(2)), { name: 'AuditUnavailableError' })
  assert.equal(log.broken, 'the audit log cannot be written')

  const calls = files.calls.length
  await assert.rejects(log.record(recordOf(3)), { name: 'AuditUnavailableError' })
  assert.equal(files.calls.length, calls, 'within a second the disk is left alone')
  bench.clock.advance(1000)
  await assert.rejects(log.record(recordOf(4)), { name: 'AuditUnavailableError' })
  assert.ok(files.calls.length > calls)

  files.fail = () => false
  bench.clock.advance(1000)
  await log.record(recordOf(5))
  assert.equal(log.broken, undefined)
  await log.close()
  const ids = await bench.eventIds()
  assert.deepEqual(ids, [recordOf(1).eventId, recordOf(5).eventId])
  assert.deepEqual((await bench.verify()).problems, [])
  const segments = files.calls.filter((call) => /^create \d/.test(call)).length
  const removed = files.calls.filter((call) => /^remove \d/.test(call)).length
  assert.equal(segments - removed, 2, 'abandoned segments are removed')
})

test('after a failed write, the disk is tried where someone asks whether records can be written', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const log = await bench.open({ files, durability: 'fsync' })
  assert.equal(await log.refusal(), undefined)
  files.fail = (call) => call === 'write'
  await assert.rejects(log.record(recordOf(1)), { name: 'AuditUnavailableError' })
  assert.equal(await log.refusal(), 'the audit log cannot be written')
  bench.clock.advance(60_000)
  assert.equal(await log.refusal(), 'the audit log cannot be written', 'no request has come since')

  files.fail = () => false
  const calls = files.calls.length
  assert.equal(await log.refusal(), undefined)
  assert.ok(files.calls.slice(calls).includes('datasync probe'))
  await log.record(recordOf(2))
  await log.close()
  assert.deepEqual((await bench.verify()).problems, [])
})

test('a log says how much waits, for how long, and how much it has written', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const log = await bench.open({ files })
  const before = log.load
  assert.deepEqual([before.waitingLines, before.lagMs], [0, 0])
  const recorded = Promise.all([log.record(recordOf(1)), log.record(recordOf(2))])
  bench.clock.advance(300)
  assert.deepEqual([log.load.waitingLines, log.load.lagMs], [2, 300])
  await recorded
  const { waitingLines, lagMs, writtenLines, writtenBytes } = log.load
  assert.deepEqual([waitingLines, lagMs, writtenLines], [0, 0, before.writtenLines + 2])
  assert.equal(writtenBytes, (await readFile(bench.segment(log.stream))).byteLength)
  await log.close()
})

test('what was partly written to an abandoned segment does not count', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const log = await bench.open({ files, durability: 'fsync' })
  await log.record(recordOf(1))
  const path = bench.segment(log.stream)
  files.fail = (call, file) => call === 'datasync' && file === '00000001.log'
  await log.record(recordOf(2))
  assert.match(await readFile(path, 'utf8'), /000000000002/, 'the bytes were written before their sync failed')
  await log.close()
  const ids = await bench.eventIds()
  assert.deepEqual(ids, [recordOf(1).eventId, recordOf(2).eventId])
  await writeFile(path, 'garbage', { flag: 'a' })
  assert.deepEqual((await bench.verify()).problems, [])
})

test('more records than the queue holds are refused, and the others are written', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { queue: { records: 10, characters: 1e6 } } })
  const results = await Promise.allSettled(Array.from({ length: 15 }, (_, sequence) => log.record(recordOf(sequence))))
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10)
  await log.close()
  assert.equal((await bench.verify()).records, 10)
})

test('a closed log accepts no more records', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.close()
  await assert.rejects(log.record(recordOf(1)), { name: 'AuditUnavailableError' })
})

test('a disk failure at the start prevents the start', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  files.fail = (call, file) => call === 'datasync' && isSegment(file)
  await assert.rejects(bench.open({ files, durability: 'fsync' }), /datasync failed/)
})

test('a database failure fails no record; its heads follow when it works again', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  bench.store.failure = new Error('database is gone')
  await log.record(recordOf(1))
  bench.clock.advance(1000)
  await new Promise((resolve) => setImmediate(resolve))
  bench.store.failure = undefined
  bench.clock.advance(1000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.match(bench.store.rows.get(`audit_head ${log.stream}`)?.body ?? '', /"size":2/)
  await log.close()
  assert.deepEqual((await bench.verify()).problems, [])
})

test('a stream that the database does not take is not begun', async () => {
  await using bench = await AuditBench.create()
  bench.store.failure = new Error('the database is gone')
  await assert.rejects(bench.open(), /the database is gone/)
  assert.deepEqual(await bench.streams(), [])
})

test('a stream whose end cannot be written has not ended in the database', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const log = await bench.open({ files, durability: 'fsync' })
  files.fail = (call, file) => call === 'write' && isSegment(file)
  await assert.rejects(log.close(), { name: 'AuditUnavailableError' })
  assert.match(bench.store.rows.get(`audit_head ${log.stream}`)?.body ?? '', /"ended":false/)
})
