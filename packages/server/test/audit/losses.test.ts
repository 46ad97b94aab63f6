import assert from 'node:assert/strict'
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { ACCEPT_AUDIT_LOSS, losses } from '../../src/audit/accepted-losses.ts'
import { encodeLine } from '../../src/audit/lines.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import type { AuditReport } from '../../src/audit/report.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

type Durability = 'write' | 'fsync'

interface Lost {
  bench: AuditBench
  /** The stream with the loss. */
  stream: string
}

/** What a power failure can leave of a stream with two changes and two other records, which was closed normally. */
const LOSSES: Readonly<Record<string, (path: string, lines: readonly string[]) => Promise<void>>> = {
  'whole lines are missing': (path, lines) => truncate(path, sizeOf(kept(lines))),
  'part of a line is missing': (path, lines) => truncate(path, sizeOf(kept(lines)) + 30),
  'a page is zeros': async (path, lines) => {
    const bytes = await readFile(path)
    const from = sizeOf(kept(lines)) + 10
    await writeFile(path, bytes.fill(0, from, from + 400))
  },
}

/** Everything before the record of the second change. */
const kept = (lines: readonly string[]): readonly string[] =>
  lines.slice(
    0,
    lines.findIndex((line) => line.includes(recordOf(2).eventId)),
  )

const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)

async function lost(
  durability: Durability,
  lose: (path: string, lines: readonly string[]) => Promise<void>,
): Promise<Lost> {
  const bench = await AuditBench.create()
  const log = await bench.open({ durability })
  await log.record(recordOf(90))
  await bench.commit(log, 1)
  await log.relay()
  await bench.commit(log, 2)
  await log.relay()
  await log.record(recordOf(91))
  await log.close()
  await lose(bench.segment(log.stream), await bench.lines(log.stream))
  await (await bench.open({ durability: 'fsync' })).close()
  return { bench, stream: log.stream }
}

/** Accepts what can be accepted, as `operator accept-audit-loss` does; `altered` changes the record. */
async function accept(bench: AuditBench, altered: Partial<AuditRecord> = {}, as = 50): Promise<AuditReport> {
  const { changes, streams } = losses((await bench.verify()).problems)
  const request = { changes, streams }
  const deed = { operation: ACCEPT_AUDIT_LOSS, kind: 'service' as const, operator: { user: 'ann' }, request }
  const record = { ...recordOf(as), ...deed, ...altered }
  const log = await bench.open({ durability: 'fsync' })
  const entry = { eventId: record.eventId, record: encodeLine('record', record as AuditRecord) }
  await bench.store.commit({ id: record.eventId, expect: [], put: [], delete: [], audit: [entry] })
  await log.relay()
  await log.close()
  return bench.verify()
}

describe('what an operator accepts as lost by a power failure at the level `write`', () => {
  for (const [name, lose] of Object.entries(LOSSES)) {
    test(`${name}: it is reported as accepted, and any other loss as a problem`, async () => {
      const { bench, stream } = await lost('write', lose)
      await using _ = bench
      const { problems } = await bench.verify()
      assert.ok(problems.some(({ message }) => message === 'change 2 has no record'))
      const after = await accept(bench)
      assert.deepEqual([after.problems, after.accepted.length], [[], problems.length])
      const path = bench.segment(stream)
      const bytes = await readFile(path)
      const others = {
        'more is gone': () => truncate(path, bytes.length - 1),
        'the rest was changed': () => writeFile(path, Buffer.from(bytes).fill(0x20, bytes.length - 5)),
        'a record was written after it': () => appendFile(path, `${encodeLine('record', recordOf(7))}\n`),
        'lines before it are missing': async () => truncate(path, sizeOf((await bench.lines(stream)).slice(0, 2))),
      }
      for (const [other, deed] of Object.entries(others)) {
        await deed()
        assert.notDeepEqual((await bench.verify()).problems, [], other)
        await writeFile(path, bytes)
        assert.deepEqual((await bench.verify()).problems, [], `${other}, and is restored`)
      }
    })
  }

  test('another change without a record stays a problem', async () => {
    const { bench } = await lost('write', LOSSES['whole lines are missing'] ?? assert.fail())
    await using _ = bench
    await accept(bench)
    const log = await bench.open({ durability: 'write' })
    await bench.commit(log, 60, 61)
    bench.store.outbox.clear()
    await log.close()
    assert.deepEqual(
      (await bench.verify()).problems.map(({ message }) => message),
      ['changes 4 to 5 have no record'],
    )
    assert.deepEqual((await accept(bench, {}, 70)).problems, [])
  })

  test('is not possible if every stream is written at the level `fsync`', async () => {
    const { bench } = await lost('fsync', LOSSES['whole lines are missing'] ?? assert.fail())
    await using _ = bench
    const { problems } = await bench.verify()
    assert.ok(problems.every(({ mayBeLoss }) => mayBeLoss === undefined))
    const after = await accept(bench, { request: { changes: [{ first: 2, last: 2 }], streams: [] } })
    assert.ok(after.problems.some(({ kind }) => kind === 'truncated'))
  })

  const WORTHLESS: Readonly<Record<string, Partial<AuditRecord>>> = {
    'by a request with that name': { operator: undefined },
    'that names a future change': { request: { changes: [{ first: 1, last: 3 }], streams: [] } },
    'of another deed': { operation: 'AcceptDatabase' },
  }
  for (const [name, altered] of Object.entries(WORTHLESS)) {
    test(`is not done by a record ${name}`, async () => {
      const { bench } = await lost('write', LOSSES['whole lines are missing'] ?? assert.fail())
      await using _ = bench
      const { problems, accepted } = await accept(bench, altered)
      assert.ok(problems.some(({ message }) => message === 'change 2 has no record'))
      assert.deepEqual(accepted, [])
    })
  }
})
