import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type RecordFilter, readRecords } from '../../src/audit/read-records.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

async function matching(bench: AuditBench, filter: RecordFilter): Promise<number[]> {
  const found: number[] = []
  for await (const { eventId } of readRecords(bench.folder, filter)) found.push(Number(eventId.slice(-12)))
  return found
}

test('records of parallel streams are returned in the order of their times', async () => {
  await using bench = await AuditBench.create()
  const logs = [await bench.open(), await bench.open(), await bench.open()]
  for (let sequence = 0; sequence < 30; sequence += 1) {
    bench.clock.advance(10)
    await logs[sequence % 3]?.record(recordOf(sequence, bench.clock.now()))
  }
  assert.deepEqual(
    await matching(bench, {}),
    Array.from({ length: 30 }, (_, sequence) => sequence),
  )
  for (const log of logs) await log.close()
})

test('a filter returns exactly the matching records', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  const operations = ['Encrypt', 'Decrypt']
  const regions = ['eu-central-1', 'us-east-1']
  const all = Array.from({ length: 24 }, (_, sequence) => ({
    ...recordOf(sequence, 1000 + sequence),
    operation: operations[sequence % 2] ?? '',
    region: regions[Math.trunc(sequence / 2) % 2] ?? '',
    accountId: sequence % 3 === 0 ? '000000000000' : '111122223333',
  }))
  await Promise.all(all.map((record) => log.record(record)))
  const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
  const filters = fc.record({
    sinceMs: maybe(fc.integer({ min: 995, max: 1030 })),
    untilMs: maybe(fc.integer({ min: 995, max: 1030 })),
    operation: maybe(fc.constantFrom(...operations)),
    region: maybe(fc.constantFrom(...regions)),
    accountId: maybe(fc.constantFrom('000000000000', '999999999999')),
  })
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const expected = all.filter(
        ({ timeMs, ...record }) =>
          timeMs >= (filter.sinceMs ?? 0) &&
          timeMs < (filter.untilMs ?? Infinity) &&
          (['operation', 'region', 'accountId'] as const).every(
            (name) => filter[name] === undefined || filter[name] === record[name],
          ),
      )
      assert.deepEqual(
        await matching(bench, filter as RecordFilter),
        expected.map(({ eventId }) => Number(eventId.slice(-12))),
      )
    }),
  )
  await log.close()
})

test('records are found by event id and by the ARN of a resource', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  const alias = { accountId: '111122223333', type: 'AWS::KMS::Alias', arn: 'arn:aws:kms:x:1:alias/a' } as const
  await Promise.all([
    log.record(recordOf(1)),
    log.record({ ...recordOf(2), resources: [alias] }),
    log.record(recordOf(3)),
  ])
  assert.deepEqual(await matching(bench, { eventId: recordOf(3).eventId }), [3])
  assert.deepEqual(await matching(bench, { resource: alias.arn }), [2])
  await log.close()
})

test('a folder that does not exist holds no records', async () => {
  await using bench = await AuditBench.create()
  assert.deepEqual(await matching(bench, {}), [])
})

test('a request is found by its id, and a record that only mentions the id is not', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.record({ ...recordOf(1, 1000), requestId: 'wanted' })
  await log.record({ ...recordOf(2, 1001), requestId: 'other', userAgent: 'wanted' })
  assert.deepEqual(await matching(bench, { requestId: 'wanted' }), [1])
  assert.deepEqual(await matching(bench, { requestId: 'want' }), [])
  await log.close()
})

test('a caller that stops reading leaves no file open', { skip: process.platform !== 'linux' }, async () => {
  await using bench = await AuditBench.create()
  const logs = [await bench.open(), await bench.open()]
  for (const log of logs) await log.record(recordOf(1, 1000))
  for (const log of logs) await log.close()
  const openFiles = (): number => readdirSync('/proc/self/fd').length
  const before = openFiles()
  for await (const record of readRecords(bench.folder)) {
    assert.ok(openFiles() > before, record.eventId)
    break
  }
  assert.equal(openFiles(), before)
})
