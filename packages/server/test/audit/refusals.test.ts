import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../src/audit/record.ts'
import { beginningOfKind } from '../../src/audit/refusal-kind.ts'
import { type KindLimits, Refusals } from '../../src/audit/refusals.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import { manualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

interface Denial {
  who?: string
  session?: string
  operation?: string
  code?: string
  key?: string
  region?: string
  account?: string
}

let timeMs = 0

function denial({ who = 'AIDAEVE', session, operation = 'Encrypt', code = 'AccessDeniedException', ...rest }: Denial) {
  const { key = 'key-1', region = 'eu-central-1', account: accountId = '111122223333' } = rest
  timeMs += 1
  const role = session === undefined ? undefined : { arn: 'role', principalId: who }
  const principalId = session === undefined ? who : `${who}:${session}`
  const record: AuditRecord = {
    eventId: systemRandom.uuid(),
    requestId: systemRandom.uuid(),
    timeMs,
    kind: 'call',
    service: 'kms',
    operation,
    region,
    accountId,
    caller: { type: 'IAMUser', principalId, arn: principalId, accountId, accessKeyId: 'AKIA', ...(role && { role }) },
    sourceIp: `192.0.2.${timeMs % 256}`,
    userAgent: 'test',
    readOnly: true,
    request: { EncryptionContext: { large: 'x'.repeat(1000) } },
    resources: [{ accountId, type: 'AWS::KMS::Key', arn: key }],
    error: { code, message: 'no' },
    decision: { allowed: false, reason: 'no-identity-allow', resource: key },
  }
  return record
}

/** Collects refusals in a list, which can be full. */
class Log {
  readonly records: AuditRecord[] = []
  readonly clock = manualClock(0)
  readonly refusals: Refusals
  full = false

  constructor(limits: Partial<KindLimits> = {}) {
    const append = async (record: AuditRecord): Promise<void> => {
      await Promise.resolve()
      if (this.full) throw new Error('full')
      this.records.push(record)
    }
    this.refusals = new Refusals({
      record: append,
      clock: this.clock,
      random: systemRandom,
      logger: silentLogger,
      limits,
    })
  }

  async take(...denials: Denial[]): Promise<string[]> {
    const ids: string[] = []
    for (const each of denials) ids.push(await this.refusals.record(denial(each)))
    return ids
  }

  /** Operation and count of each record; a record of one request has no count. */
  get told(): [operation: string, count: number | undefined][] {
    return this.records.map(({ operation, counted }) => [operation, counted?.count])
  }
}

test('the first of a kind is recorded in full, the rest as one record when the window ends', async () => {
  const log = new Log()
  const ids = await log.take({}, {}, {})
  assert.deepEqual(log.told, [['Encrypt', undefined]])
  await log.refusals.endWindow()
  const [first, rest] = log.records
  assert.ok(first?.request)
  assert.deepEqual(rest?.counted, {
    count: 2,
    firstTimeMs: timeMs - 1,
    lastTimeMs: timeMs,
    first: { requestId: first.requestId, eventId: first.eventId },
  })
  assert.deepEqual([rest.requestId, rest.timeMs, rest.error], [ids[2], timeMs, { code: 'AccessDeniedException' }])
  assert.deepEqual([rest.resources, rest.caller], [first.resources, first.caller])
  assert.deepEqual([rest.request, rest.decision], [undefined, undefined])
  await log.take({})
  assert.deepEqual(log.told.slice(2), [['Encrypt', undefined]], 'a new window')
})

test('ids of counted requests differ, and begin like that of the first of their kind', async () => {
  const log = new Log()
  const ids = await log.take(...Array.from({ length: 50 }, () => ({})))
  assert.equal(new Set(ids).size, 50)
  assert.deepEqual(new Set(ids.map(beginningOfKind)), new Set([beginningOfKind(log.records[0]?.requestId ?? '')]))
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('the window ends with the clock, and with the stream', async () => {
  const log = new Log()
  await log.take({}, {})
  log.clock.advance(60_000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(log.told, [
    ['Encrypt', undefined],
    ['Encrypt', 1],
  ])
  await log.take({}, {})
  await log.refusals.close()
  assert.deepEqual(log.told.slice(2), [
    ['Encrypt', undefined],
    ['Encrypt', 1],
  ])
})

const APART: Readonly<Record<string, Denial>> = {
  caller: { who: 'AIDAMALLORY' },
  operation: { operation: 'Decrypt' },
  error: { code: 'ThrottlingException' },
  key: { key: 'key-2' },
  Region: { region: 'eu-west-1' },
}

for (const [name, other] of Object.entries(APART)) {
  test(`requests that differ in ${name} are of different kinds`, async () => {
    const log = new Log()
    await log.take({}, other)
    assert.equal(log.records.length, 2)
  })
}

test('sessions of one role are one caller', async () => {
  const log = new Log()
  await log.take({ who: 'AROA', session: 'a' }, { who: 'AROA', session: 'b' })
  assert.equal(log.records.length, 1)
})

test('a caller who causes many kinds has a limited number of them, and all requests are counted', async () => {
  const log = new Log()
  await log.take(...Array.from({ length: 1000 }, (_, i) => ({ key: `key-${i}` })), { who: 'AIDAOTHER' })
  assert.equal(log.records.length, 20 + 1 + 1)
  await log.refusals.endWindow()
  assert.equal(log.records.length, 23)
  const mixed = log.records.at(-1)
  assert.deepEqual([mixed?.operation, mixed?.error?.code, mixed?.counted?.count], ['Other', 'Other', 979])
  assert.deepEqual([mixed?.caller?.principalId, mixed?.resources], ['AIDAEVE', []])
})

test('many callers together have a limited number of kinds; the rest are counted by account', async () => {
  const log = new Log({ inAll: 30 })
  await log.take(...Array.from({ length: 500 }, (_, i) => ({ who: `AIDA${i}` })), { who: 'AIDAX', account: '4444' })
  await log.refusals.endWindow()
  const whole = log.records.filter(({ counted }) => counted === undefined)
  const [counted] = log.records.filter((record) => record.counted)
  assert.equal(whole.length, 30 + 2)
  assert.deepEqual([counted?.counted?.count, counted?.caller, counted?.accountId], [469, undefined, '111122223333'])
})

test('while the first cannot be written none of its kind is answered, and the next one is the first again', async () => {
  const log = new Log()
  log.full = true
  const results = await Promise.allSettled([log.take({}), log.take({}), log.take({})])
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']))
  log.full = false
  await log.take({}, {})
  await log.refusals.endWindow()
  assert.deepEqual(log.told, [
    ['Encrypt', undefined],
    ['Encrypt', 1],
  ])
})

test('counts that cannot be written when the window ends are written with the next', async () => {
  const log = new Log()
  await log.take({}, {}, {})
  log.full = true
  await log.refusals.endWindow()
  log.full = false
  await log.take({ operation: 'Decrypt' })
  await log.refusals.endWindow()
  assert.deepEqual(log.told, [
    ['Encrypt', undefined],
    ['Decrypt', undefined],
    ['Encrypt', 2],
  ])
})
