import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { KeyCensus } from '../../../src/host/admin/facts/key-census.ts'
import { KEY_STATES } from '../../../src/domain/keys/record.ts'
import { systemClock } from '../../../src/platform/system-clock.ts'
import { writeRows } from '../../support/raw-rows.ts'
import { REGION, TestService } from '../../support/service.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const DAY_MS = 86_400_000
let world: TestService

before(async () => {
  world = await TestService.open()
})
after(() => world[Symbol.asyncDispose]())

function census(): KeyCensus {
  return new KeyCensus({ ...world.services, realClock: systemClock, logger: silentLogger })
}

test('keys are counted by state, with the next deletion and rotation, and what is beyond its date', async () => {
  const keys = census()
  const [, disabled, leaving, rotating] = await Promise.all(Array.from({ length: 4 }, () => world.createKey()))
  await world.ok('DisableKey', { KeyId: disabled!.keyId })
  await world.ok('ScheduleKeyDeletion', { KeyId: leaving!.keyId, PendingWindowInDays: 7 })
  await world.ok('EnableKeyRotation', { KeyId: rotating!.keyId, RotationPeriodInDays: 90 })
  const nowMs = world.clock.now()
  await keys.count()
  assert.deepEqual(keys.last, {
    countedMs: nowMs,
    states: {
      ...Object.fromEntries(KEY_STATES.map((state) => [state, 0])),
      Enabled: 2,
      Disabled: 1,
      PendingDeletion: 1,
    },
    notAuthentic: 0,
    nextDeletionMs: nowMs + 7 * DAY_MS,
    overdueDeletions: 0,
    rotating: 1,
    nextRotationMs: nowMs + 90 * DAY_MS,
    overdueRotations: 0,
  })
  world.clock.advance(91 * DAY_MS) // no job runs here
  await keys.count()
  assert.deepEqual([keys.last?.overdueDeletions, keys.last?.overdueRotations], [1, 1])
})

test('a row that Keyhold did not write is counted apart, and nothing is read from it', async () => {
  const keys = census()
  await keys.count()
  const before = keys.last!
  const { keyId } = await world.createKey()
  const { store } = world.services
  const row = (await store.get('key', `${REGION}/${keyId}`))!
  await writeRows(world.services, { ...row, version: row.version + 1, body: row.body.replace('Enabled', 'Disabled') })
  await keys.count()
  assert.equal(keys.last?.notAuthentic, before.notAuthentic + 1)
  assert.deepEqual(keys.last?.states, before.states)
})

test('a count that fails leaves the former one as it is', async () => {
  const warnings: string[] = []
  const { examined } = world.services.records
  let fails = false
  const records = {
    ...world.services.records,
    examined: {
      list: (...args: Parameters<typeof examined.list>) =>
        fails ? Promise.reject(new Error('database disk image is malformed')) : examined.list(...args),
      due: () => Promise.resolve([]),
    },
  } as unknown as TestService['services']['records']
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  const keys = new KeyCensus({ records, clock: world.clock, realClock: systemClock, logger })
  await keys.count()
  const { last } = keys
  assert.ok(last)
  fails = true
  await keys.count()
  assert.equal(keys.last, last)
  assert.deepEqual(warnings, ['the keys could not be counted'])
})

test('a census that is stopped counts no further', async () => {
  const keys = census()
  const stop = keys.start()
  await stop()
  const { last } = keys
  await stop()
  assert.equal(keys.last, last)
})
