import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditLog } from '../../src/audit/audit-log.ts'
import { AuditBench } from './support/audit-bench.ts'

const commit = (bench: AuditBench, log: AuditLog, ...sequences: number[]): Promise<void> =>
  bench.commit(log, ...sequences)

async function sequences(bench: AuditBench): Promise<number[]> {
  return (await bench.eventIds()).map((eventId) => Number(eventId.slice(-12)))
}

test('committed entries are in the stream when the relay resolves, and leave the outbox', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await commit(bench, log, 1, 2)
  await log.relay()
  assert.deepEqual(await sequences(bench), [1, 2])
  await log.close()
  assert.equal(bench.store.outbox.size, 0)
})

test('overlapping relays write each entry once', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  const runs: Promise<void>[] = []
  for (let sequence = 0; sequence < 600; sequence += 1) {
    runs.push(commit(bench, log, sequence).then(() => log.relay()))
    if (sequence % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(runs)
  await log.close()
  assert.deepEqual(
    (await sequences(bench)).toSorted((a, b) => a - b),
    Array.from({ length: 600 }, (_, n) => n),
  )
})

test('an outbox that cannot be cleared writes nothing twice, not even after a restart', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await commit(bench, log, 1, 2)
  bench.store.failure = new Error('disk full')
  await log.relay()
  await log.relay()
  await using crashed = await bench.afterCrash()
  const next = await crashed.open()
  await commit(crashed, next, 3)
  await next.relay()
  await next.close()
  assert.equal(crashed.store.outbox.size, 0)
  assert.deepEqual(
    (await sequences(crashed)).toSorted((a, b) => a - b),
    [1, 2, 3],
  )
  bench.store.failure = undefined
  await log.close()
})

test('entries committed just before a crash are relayed into the next stream', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await commit(bench, log, 1)
  await using crashed = await bench.afterCrash()
  await (await crashed.open()).close()
  assert.deepEqual(await sequences(crashed), [1])
  await log.close()
})

test('more entries than a page of the outbox are all relayed', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await commit(bench, log, ...Array.from({ length: 1000 }, (_, sequence) => sequence))
  await log.relay()
  assert.equal((await sequences(bench)).length, 1000)
  await log.close()
})

test('a failed relay leaves the entries in the outbox for the next one', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { queue: { records: 1, characters: 1e6 } } })
  await commit(bench, log, 1, 2)
  await assert.rejects(log.relay(), { name: 'AuditUnavailableError' })
  assert.equal(bench.store.outbox.size, 2)
  await log.close()
})

test('an entry that the log accepted is not written again because the log refused the next one', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { queue: { records: 1, characters: 1e6 } } })
  await commit(bench, log, 1, 2)
  await assert.rejects(log.relay(), { name: 'AuditUnavailableError' })
  await log.relay()
  await log.close()
  assert.deepEqual(await sequences(bench), [1, 2])
  assert.equal(bench.store.outbox.size, 0)
})

test('what a relay could not write is retried every second, and when the log closes', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { queue: { records: 1, characters: 1e6 } } })
  await commit(bench, log, 1, 2)
  await assert.rejects(log.relay())
  bench.clock.advance(1000)
  await log.close()
  assert.equal(bench.store.outbox.size, 0)
})

test('no change is made while records that could not be written wait, and changes are made again after them', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { queue: { records: 1, characters: 1e6 } } })
  await commit(bench, log, 1, 2)
  await assert.rejects(log.relay())
  assert.throws(() => log.requireRoom(), { name: 'AuditUnavailableError' })
  await log.relay()
  log.requireRoom()
  await log.close()
})

test('what could not be written is written at the latest when the log closes', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { queue: { records: 1, characters: 1e6 } } })
  await commit(bench, log, 1, 2)
  await assert.rejects(log.relay())
  await log.close()
  assert.deepEqual([bench.store.outbox.size, await sequences(bench)], [0, [1, 2]])
})

test('no change is made while too much of what was committed waits', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { backlog: { characters: 100, ageMs: 1000 } } })
  const pending = bench.store.pendingAudit.bind(bench.store)
  const answer = Promise.withResolvers<void>()
  bench.store.pendingAudit = async (limit) => {
    await answer.promise
    return pending(limit)
  }
  const relayed = log.relay([{ eventId: 'e', record: 'x'.repeat(101) }])
  assert.throws(() => log.requireRoom(), { name: 'AuditUnavailableError' })
  answer.resolve()
  await relayed
  log.requireRoom()
  await log.close()
})

test('an outbox of several pages that cannot be cleared is not read for ever', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await commit(bench, log, ...Array.from({ length: 300 }, (_, sequence) => sequence))
  const pending = bench.store.pendingAudit.bind(bench.store)
  let readings = 0
  bench.store.pendingAudit = async (limit) => {
    readings += 1
    if (readings > 20) throw new Error('read for ever')
    return pending(limit)
  }
  bench.store.failure = new Error('the database is gone')
  await assert.rejects(log.relay(), /cannot be cleared/)
  bench.store.failure = undefined
  await log.close()
  assert.equal((await sequences(bench)).length, 300)
})
