import assert from 'node:assert/strict'
import { appendFile, readFile, rm, truncate } from 'node:fs/promises'
import { test } from 'node:test'
import { positionsNow, readNew } from '../../src/audit/query/follow.ts'
import { type AuditQuestion, type QueryNotes, queryRecords } from '../../src/audit/query/query-records.ts'
import { readRecords } from '../../src/audit/read-records.ts'
import type { AuditRecord, AuditResource } from '../../src/audit/record.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

const ACCOUNT = '111122223333'
const OTHER = '444455556666'

function key(id: string, accountId = ACCOUNT): AuditResource {
  return { accountId, type: 'AWS::KMS::Key', arn: `arn:aws:kms:eu-central-1:${accountId}:key/${id}` }
}

function alias(name: string, accountId = ACCOUNT): AuditResource {
  return { accountId, type: 'AWS::KMS::Alias', arn: `arn:aws:kms:eu-central-1:${accountId}:${name}` }
}

/**
 * The alias referred to key a, then key b, and is now deleted. Another account's alias of that name refers to key c.
 */
const RECORDS: readonly Partial<AuditRecord>[] = [
  { operation: 'CreateAlias', resources: [alias('alias/x'), key('a')] },
  { operation: 'Encrypt', resources: [key('a')] },
  { operation: 'UpdateAlias', resources: [alias('alias/x'), key('b')] },
  { operation: 'Decrypt', resources: [key('b')] },
  { operation: 'DeleteAlias', resources: [alias('alias/x')] },
  { operation: 'CreateAlias', resources: [alias('alias/x', OTHER), key('c', OTHER)] },
  { operation: 'Decrypt', resources: [key('c', OTHER)] },
  { operation: 'Encrypt', resources: [key('d')] },
  // A service's key has no record of its alias except the requests that used it.
  {
    operation: 'GenerateDataKey',
    resources: [key('e')],
    decision: { allowed: true, reason: 'named-by-grant', requestAlias: 'alias/aws/s3' },
  },
  { operation: 'Decrypt', resources: [key('e')] },
]

async function ask(bench: AuditBench, question: AuditQuestion): Promise<{ found: number[]; notes: QueryNotes }> {
  let notes: QueryNotes | undefined
  const records = queryRecords(bench.folder, question, (told) => void (notes = told))
  const found = (await Array.fromAsync(records)).map(({ eventId }) => Number(eventId.slice(-12)))
  assert.ok(notes)
  return { found, notes }
}

async function benchWith(records: readonly Partial<AuditRecord>[]): Promise<AuditBench> {
  const bench = await AuditBench.create()
  const log = await bench.open()
  for (const [sequence, record] of records.entries()) {
    await log.record({ ...recordOf(sequence, 1000 + sequence), ...record })
  }
  await log.close()
  return bench
}

test('an alias includes every key that it has referred to, in its own account', async () => {
  await using bench = await benchWith(RECORDS)
  const arn = alias('alias/x').arn
  for (const [name, found, keys] of [
    ['alias/x', [0, 1, 2, 3, 4, 5, 6], [key('a'), key('b'), key('c', OTHER)]],
    [arn, [0, 1, 2, 3, 4], [key('a'), key('b')]],
    [alias('alias/x', OTHER).arn, [5, 6], [key('c', OTHER)]],
    ['alias/aws/s3', [8, 9], [key('e')]],
    [`arn:aws:kms:us-east-1:${ACCOUNT}:alias/aws/s3`, [], []],
    ['alias/aws', [], []],
    ['a', [0, 1], []],
    [key('a').arn, [0, 1], []],
    [key('a', OTHER).arn, [], []],
    ['x', [], []],
  ] as const) {
    const answer = await ask(bench, { key: name })
    assert.deepEqual(answer.found, found, name)
    assert.deepEqual(
      answer.notes.keys,
      keys.map((one) => one.arn),
      name,
    )
    assert.equal(answer.notes.unknown.key, found.length === 0, name)
  }
})

test('every part of a question must match, and a name is known if it occurs at any time', async () => {
  const caller = {
    type: 'AssumedRole',
    principalId: 'AROAREADER:monday',
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/monday`,
    accountId: ACCOUNT,
    accessKeyId: 'ASIAEXAMPLE',
    role: { arn: `arn:aws:iam::${ACCOUNT}:role/team/reader`, principalId: 'AROAREADER' },
  } as const
  const records = RECORDS.map((record, place) => (place % 2 === 1 ? { ...record, caller } : record))
  await using bench = await benchWith(records)
  for (const name of [caller.arn, caller.principalId, 'ASIAEXAMPLE', caller.role.arn, 'AROAREADER', 'reader']) {
    assert.deepEqual((await ask(bench, { principal: name })).found, [1, 3, 5, 7, 9], name)
  }
  assert.equal((await ask(bench, { principal: 'monday' })).notes.unknown.principal, true)
  assert.deepEqual((await ask(bench, { principal: 'reader', event: 'Decrypt' })).found, [3, 9])
  assert.deepEqual((await ask(bench, { sinceMs: 1002, untilMs: 1004 })).found, [2, 3])
  const late = await ask(bench, { key: 'a', event: 'Encrypt', sinceMs: 1005 })
  assert.deepEqual([late.found, late.notes.unknown], [[], { key: false, event: false, principal: false }])
  for (const limit of [1, 3, 10, 100]) {
    const newest = RECORDS.map((_, place) => place).slice(-limit)
    assert.deepEqual((await ask(bench, { limit })).found, newest)
  }
})

test('wherever the log is split, the existing and the following records are complete, and each occurs once', async () => {
  await using bench = await benchWith(RECORDS.slice(0, 3))
  const [stream = ''] = await bench.streams()
  const path = bench.segment(stream)
  const whole = await readFile(path)
  const all = await bench.eventIds()
  for (let cut = 0; cut <= whole.byteLength; cut += 37) {
    await truncate(path, cut)
    const positions = await positionsNow(bench.folder)
    await appendFile(path, whole.subarray(cut))
    const before = await Array.fromAsync(readRecords(bench.folder, {}, positions))
    const after = await readNew(bench.folder, positions)
    assert.deepEqual(
      [...before, ...after].map(({ eventId }) => eventId),
      all,
    )
    assert.deepEqual(await readNew(bench.folder, positions), [])
  }
})

test('a following query gets new records, including those of new streams, until the pause ends it', async () => {
  await using bench = await benchWith(RECORDS.slice(0, 2))
  let pauses = 0
  const pause = async (): Promise<void> => {
    pauses += 1
    if (pauses === 3) throw new Error('enough')
    const log = await bench.open()
    await log.record({ ...recordOf(100 + pauses, 5000 + pauses), operation: 'Encrypt', resources: [key('a')] })
    await log.record({ ...recordOf(200 + pauses, 5000 + pauses), operation: 'Decrypt', resources: [key('a')] })
    await log.close()
  }
  const found: number[] = []
  const records = queryRecords(bench.folder, { event: 'Encrypt' }, () => {}, { pause, now: () => 0 })
  await assert.rejects(async () => {
    for await (const { eventId } of records) found.push(Number(eventId.slice(-12)))
  }, /enough/)
  assert.deepEqual(found, [1, 101, 102])
})

test('a following query for an alias includes a key that the alias is moved to', async () => {
  await using bench = await benchWith(RECORDS.slice(0, 2))
  const news: Partial<AuditRecord>[] = [
    { operation: 'UpdateAlias', resources: [alias('alias/x'), key('z')] },
    { operation: 'Decrypt', resources: [key('z')] },
    { operation: 'Decrypt', resources: [key('y')] },
  ]
  const pause = async (): Promise<void> => {
    const next = news.shift()
    if (next === undefined) throw new Error('enough')
    const log = await bench.open()
    await log.record({ ...recordOf(103 - news.length, 5000 - news.length), ...next })
    await log.close()
  }
  const found: number[] = []
  const records = queryRecords(bench.folder, { key: 'alias/x' }, () => {}, { pause, now: () => 0 })
  await assert.rejects(async () => {
    for await (const { eventId } of records) found.push(Number(eventId.slice(-12)))
  }, /enough/)
  assert.deepEqual(found, [0, 1, 101, 102])
})

test('a following query gets a change once that two servers wrote', async () => {
  await using bench = await benchWith([{ operation: 'CreateKey', readOnly: false }])
  let pauses = 0
  const pause = async (): Promise<void> => {
    pauses += 1
    if (pauses === 3) throw new Error('enough')
    for (const sequence of [0, 100, 100 + pauses]) {
      const log = await bench.open()
      await log.record({ ...recordOf(sequence, 5000 + pauses), operation: 'CreateKey', readOnly: false })
      await log.close()
    }
  }
  for (const limit of [undefined, 5]) {
    pauses = 0
    const found: number[] = []
    const records = queryRecords(bench.folder, { event: 'CreateKey', ...(limit && { limit }) }, () => {}, {
      pause,
      now: () => 0,
    })
    await assert.rejects(async () => {
      for await (const { eventId } of records) found.push(Number(eventId.slice(-12)))
    }, /enough/)
    assert.deepEqual(
      found.toSorted((a, b) => a - b),
      [0, 100, 101, 102],
    )
  }
})

test('a following query with an end time gets what was recorded before it, and then ends', async () => {
  await using bench = await benchWith([{ operation: 'Encrypt' }])
  let nowMs = 5000
  const pause = async (): Promise<void> => {
    nowMs += 1000
    const log = await bench.open()
    await log.record(recordOf(nowMs, nowMs - 1))
    await log.close()
  }
  const found = await Array.fromAsync(
    queryRecords(bench.folder, { untilMs: 7000 }, () => {}, { pause, now: () => nowMs }),
  )
  assert.deepEqual(
    found.map(({ timeMs }) => timeMs),
    [1000, 5999, 6999],
  )
  assert.equal(nowMs, 7000)
})

test('a query reports which streams lack records', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { requests: { segmentBytes: 3000 } } })
  for (let sequence = 0; sequence < 20; sequence += 1) await log.record(recordOf(sequence))
  await log.close()
  assert.deepEqual((await ask(bench, {})).notes.incomplete, [])
  await rm(bench.segment(log.stream, 3))
  const { found, notes } = await ask(bench, {})
  assert.ok(found.length > 0 && found.length < 20)
  assert.deepEqual(notes.incomplete, [log.stream])
})
