import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuditBench, recordOf } from './support/audit-bench.ts'
import { PowerCutFiles } from './support/power-cut.ts'

const RECORDS = 5
/** Small enough that the records need several segments. */
const limits = { requests: { segmentBytes: 1000 } }

test('a power failure loses no acknowledged record, in any segment or stream', async () => {
  await using bench = await AuditBench.create()
  const files = new PowerCutFiles()
  const log = await bench.open({ files, limits, durability: 'fsync' })
  for (let records = 1; records <= RECORDS; records += 1) {
    await log.record(recordOf(records))
    await using found = await files.cut(bench)
    const { problems, records: vouched } = await found.verify()
    assert.deepEqual([problems, vouched], [[], records])
    await (await found.open()).close()
    assert.deepEqual((await found.verify()).problems, [])
  }
  await log.close()
})

test('a power failure directly after the start leaves the stream that the database has recorded', async () => {
  await using bench = await AuditBench.create()
  const files = new PowerCutFiles()
  const log = await bench.open({ files, durability: 'fsync' })
  await using found = await files.cut(bench)
  const { problems, streams } = await found.verify()
  assert.deepEqual([problems, streams.map(({ stream }) => stream)], [[], [log.stream]])
  await log.close()
})
