import assert from 'node:assert/strict'
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readRecords } from '../../src/audit/read-records.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

const small = { limits: { requests: { segmentBytes: 3000 } } }

async function written(bench: AuditBench, records = 20): Promise<string> {
  const log = await bench.open(small)
  for (let sequence = 0; sequence < records; sequence += 1) await log.record(recordOf(sequence))
  await log.close()
  return log.stream
}

test('a stream continues in further segments, and reads as one', async () => {
  await using bench = await AuditBench.create()
  const stream = await written(bench)
  assert.ok((await readdir(join(bench.folder, stream))).length > 4)
  assert.deepEqual((await bench.verify()).problems, [])
  const ids = await bench.eventIds()
  assert.deepEqual(
    ids,
    Array.from({ length: 20 }, (_, sequence) => recordOf(sequence).eventId),
  )
})

test('a segment that is dropped during a read does not end the query', async () => {
  await using bench = await AuditBench.create()
  const stream = await written(bench)
  const found: string[] = []
  for await (const { eventId } of readRecords(bench.folder)) {
    found.push(eventId)
    await rm(bench.segment(stream, 3), { force: true })
  }
  assert.ok(found.length < 20)
  assert.deepEqual([found[0], found.at(-1)], [recordOf(0).eventId, recordOf(19).eventId])
})

test('a missing, shortened or lengthened segment in the middle is detected', async () => {
  await using bench = await AuditBench.create()
  const stream = await written(bench)
  const path = bench.segment(stream, 3)
  const intact = await readFile(path)
  await truncate(path, intact.length - 1)
  assert.notDeepEqual((await bench.verify()).problems, [])
  await writeFile(path, `${intact.toString()}{"record":{}}\n`)
  assert.notDeepEqual((await bench.verify()).problems, [])
  await rm(path)
  assert.ok((await bench.verify()).problems.some(({ kind, segment }) => kind === 'missing' && segment === 3))
  await writeFile(path, intact)
  assert.deepEqual((await bench.verify()).problems, [])
})

test('the first segments of a stream of requests must not be removed', async () => {
  await using bench = await AuditBench.create()
  const stream = await written(bench)
  for (const number of [1, 2]) await rm(bench.segment(stream, number))
  assert.ok((await bench.verify()).problems.some(({ kind }) => kind === 'missing'))
})

test('a crash at the start of a new segment leaves a stream that ends in the previous one', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open(small)
  for (let sequence = 0; sequence < 6; sequence += 1) await log.record(recordOf(sequence))
  const numbers = (await readdir(join(bench.folder, log.stream))).filter((name) => name.endsWith('.log')).length
  const records = (await bench.verify()).records
  const newest = await readFile(bench.segment(log.stream, numbers))
  const opening = newest.indexOf('\n') + 1
  for (const length of [0, 1, opening - 1, opening, opening + 5]) {
    await using crashed = await bench.afterCrash()
    await truncate(crashed.segment(log.stream, numbers), length)
    const before = await crashed.verify()
    assert.deepEqual(before.problems, [], `new segment torn at ${length}`)
    await (await crashed.open()).close()
    const after = await crashed.verify()
    assert.deepEqual(after.problems, [], `new segment torn at ${length}, after the next start`)
    assert.ok(after.records < records)
    assert.equal((await stat(crashed.segment(log.stream, numbers))).size, 0)
  }
  await log.close()
})

test('files are readable by their owner only', async () => {
  await using bench = await AuditBench.create()
  const stream = await written(bench, 1)
  const modes = [bench.folder, join(bench.folder, stream), bench.segment(stream)].map(
    async (path) => (await stat(path)).mode,
  )
  assert.deepEqual(
    (await Promise.all(modes)).map((mode) => (mode & 0o777).toString(8)),
    ['700', '700', '600'],
  )
})
