import assert from 'node:assert/strict'
import { cp, readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { AuditLog } from '../../src/audit/audit-log.ts'
import { encodeLine, type UnverifiedLine } from '../../src/audit/lines.ts'
import { readRecords } from '../../src/audit/read-records.ts'
import { SequenceCheck } from '../../src/audit/verify-sequences.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

async function unverified(bench: AuditBench, log: AuditLog): Promise<UnverifiedLine[]> {
  const lines = (await bench.lines(log.stream)).filter((line) => line.startsWith('{"unverified"'))
  return lines.map((line) => (JSON.parse(line) as { unverified: UnverifiedLine }).unverified)
}

/** Adds a text to the outbox, with a valid MAC of the store or without. */
function insert(bench: AuditBench, eventId: string, record: string, { forged = true } = {}): void {
  bench.store.outbox.set(eventId, record)
  if (forged) bench.store.forged.add(eventId)
}

describe('an entry of the outbox that does not verify is not signed as a record', () => {
  const record = encodeLine('record', recordOf(9))
  const forms: Record<string, string> = {
    'is no JSON': 'hello',
    'is another kind of line': encodeLine('end', { timeMs: 1 }),
    'holds two lines': `${record}\n${record}`,
    'names a sequence itself': record.replace(/}}$/, ',"sequence":1}}'),
    'ends in space': `${record} `,
    'has a second member': record.replace(/}$/, ',"more":{}}'),
  }

  test('one with a foreign MAC', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    insert(bench, recordOf(9).eventId, record)
    await log.relay()
    await log.relay()
    const [found, ...others] = await unverified(bench, log)
    assert.deepEqual(found, {
      timeMs: bench.clock.now(),
      eventId: recordOf(9).eventId,
      sequence: found?.sequence,
      reason: 'not authentic',
      bytes: Buffer.byteLength(record),
      sha256: sha256(record),
    })
    assert.deepEqual(others, [])
    assert.deepEqual(await bench.eventIds(), [])
    await log.close()
    assert.equal(bench.store.outbox.size, 0)
    const { problems } = await bench.verify()
    assert.ok(problems.some(({ kind, message }) => kind === 'database' && message.includes(sha256(record))))
  })

  for (const [name, text] of Object.entries(forms)) {
    test(`one that ${name}, even with a valid MAC`, async () => {
      await using bench = await AuditBench.create()
      const log = await bench.open()
      insert(bench, 'x'.repeat(500), text, { forged: false })
      await log.relay()
      const [found] = await unverified(bench, log)
      assert.deepEqual([found?.reason, found?.eventId.length], ['not a record', 128])
      await log.close()
      assert.ok((await bench.verify()).problems.some(({ message }) => message.includes('not a record')))
    })
  }

  test('the entries beside it are relayed', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await bench.commit(log, 1)
    insert(bench, 'forged', record)
    await bench.commit(log, 2)
    await log.relay()
    await log.close()
    assert.deepEqual(
      await bench.eventIds(),
      [1, 2].map((sequence) => recordOf(sequence).eventId),
    )
  })

  test('a waiting one is reported before it is relayed', async () => {
    await using bench = await AuditBench.create()
    await (await bench.open()).close()
    insert(bench, 'forged', record)
    assert.ok((await bench.verify()).problems.some(({ message }) => message.includes('wait in the outbox')))
  })
})

describe('each change has its record', () => {
  async function changed(changes: number): Promise<{ bench: AuditBench; log: AuditLog }> {
    const bench = await AuditBench.create()
    const log = await bench.open()
    for (let sequence = 1; sequence <= changes; sequence += 1) {
      await bench.commit(log, sequence)
      await log.relay()
    }
    return { bench, log }
  }
  const messages = async (bench: AuditBench): Promise<string[]> =>
    (await bench.verify()).problems.map(({ message }) => message)

  test('records have the number of their change, and readers see it', async () => {
    const { bench, log } = await changed(3)
    await log.record(recordOf(8))
    await log.close()
    const records = await Array.fromAsync(readRecords(bench.folder))
    assert.deepEqual(
      records.map(({ sequence }) => sequence),
      [1, 2, 3, undefined],
    )
    assert.deepEqual(await messages(bench), [])
    await bench[Symbol.asyncDispose]()
  })

  test('an entry that was removed from the outbox after a crash', async () => {
    const { bench, log } = await changed(2)
    await bench.commit(log, 3, 4)
    const crashed = await bench.afterCrash()
    assert.deepEqual(await messages(crashed), [])
    crashed.store.outbox.delete(recordOf(3).eventId)
    assert.deepEqual(await messages(crashed), ['change 3 has no record'])
    await (await crashed.open()).close()
    assert.deepEqual(await messages(crashed), ['change 3 has no record'])
    await log.close()
    await crashed[Symbol.asyncDispose]()
    await bench[Symbol.asyncDispose]()
  })

  test('records cut off after a crash, which otherwise look like a torn tail', async () => {
    const { bench, log } = await changed(1)
    const { length } = await readFile(bench.segment(log.stream))
    await bench.commit(log, 2, 3)
    await log.relay()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await using crashed = await bench.afterCrash()
    await truncate(crashed.segment(log.stream), length)
    crashed.store.outbox.clear()
    assert.deepEqual(await messages(crashed), ['changes 2 to 3 have no record'])
    await log.close()
    await bench[Symbol.asyncDispose]()
  })

  test('a stream that is missing with its row and every row of the log', async () => {
    const { bench, log } = await changed(2)
    await log.close()
    bench.store.rows.clear()
    await rm(join(bench.folder, log.stream), { recursive: true })
    assert.deepEqual(await messages(bench), ['the index of streams is missing', 'changes 1 to 2 have no record'])
    await bench[Symbol.asyncDispose]()
  })

  test('a restored database: the log is ahead of it, and after more changes, two changes have one number', async () => {
    const { bench, log } = await changed(2)
    const older = bench.store.copy()
    await bench.commit(log, 3)
    await log.relay()
    await log.close()
    await using putBack = await AuditBench.create(older, bench.clock)
    await rm(putBack.folder, { recursive: true, force: true })
    await cp(bench.folder, putBack.folder, { recursive: true })
    assert.ok(
      (await messages(putBack)).includes(
        'the log has changes up to number 3, the database only up to 2: the database is older',
      ),
    )
    const next = await putBack.open()
    await putBack.commit(next, 7, 8)
    await next.relay()
    await next.close()
    assert.ok(
      (await messages(putBack)).includes('two changes have the number 3: the database was restored to an older state'),
    )
    await bench[Symbol.asyncDispose]()
  })

  test('an entry that two processes relayed counts once', async () => {
    await using bench = await AuditBench.create()
    const logs = [await bench.open(), await bench.open()]
    await bench.commit(logs[0] ?? assert.fail(), 1, 2)
    await Promise.all(logs.map((log) => log.relay()))
    for (const log of logs) await log.close()
    assert.deepEqual(await messages(bench), [])
  })

  test('a record that an older Keyhold relayed without its number is written again with the number', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await bench.commit(log, 1)
    await log.record(recordOf(1, bench.clock.now()))
    await using crashed = await bench.afterCrash()
    await (await crashed.open()).close()
    assert.deepEqual(await messages(crashed), [])
    assert.deepEqual([...new Set(await crashed.eventIds())], [recordOf(1).eventId])
    await log.close()
  })
})

test('a million changes need one bit each, and gaps are listed as at most twenty ranges', () => {
  const check = new SequenceCheck({ newest: 1_000_000, pending: [] })
  for (let sequence = 1_000_000; sequence > 0; sequence -= 1) {
    if (sequence < 5 || sequence > 7) check.visit({ sequence, eventId: '' })
  }
  assert.deepEqual(
    [...check.problems(1_000_000)].map(({ message }) => message),
    ['changes 5 to 7 have no record'],
  )
  const sparse = new SequenceCheck({ newest: 1000, pending: [] })
  for (let sequence = 2; sequence <= 1000; sequence += 2) sparse.visit({ sequence, eventId: '' })
  assert.equal([...sparse.problems(1000)].length, 21)
})
