import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MovedTime } from '../../src/jobs/moved-time.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { systemClock } from '../../src/platform/system-clock.ts'
import { recordsOf } from '../support/records.ts'
import { ACCOUNT, callerOf, TestService } from '../support/service.ts'

const DAY_MS = 86_400_000
const ELSEWHERE = 'us-west-2'

interface Scene extends AsyncDisposable {
  service: TestService
  time: MovedTime
  /** What a restart would go on from. */
  remembered: number[]
}

async function scene(): Promise<Scene> {
  const service = await TestService.open()
  const { engine, clock } = service
  const remembered: number[] = []
  // Only wall time is moved, as by a standing clock: else what waits for its audit record meanwhile has waited for days.
  clock.monotonic = () => systemClock.monotonic()
  const standing = { ...clock, moveTo: (wallMs: number) => clock.advance(wallMs - clock.now()) }
  const remember = async (wallMs: number): Promise<void> => void remembered.push(wallMs)
  const time = new MovedTime({ ...engine, clock: standing }, { remember })
  return { service, time, remembered, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}

async function scheduled(service: TestService, count: number): Promise<string[]> {
  const keys = await Promise.all(Array.from({ length: count }, () => service.createKey()))
  for (const { keyId } of keys) await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  return keys.map(({ keyId }) => keyId)
}

async function keysLeft(service: TestService): Promise<number> {
  return (await service.ok<{ Keys: unknown[] }>('ListKeys', {})).Keys.length
}

/** What jobs did, with the days after `sinceMs` on which they did it. */
function acts(records: readonly AuditRecord[], sinceMs: number): [string, number][] {
  return records
    .filter(({ operation }) => ['DeleteKey', 'RotateKey', 'DeleteExpiredKeyMaterial'].includes(operation ?? ''))
    .map(({ operation, timeMs }) => [operation ?? '', (timeMs - sinceMs) / DAY_MS])
}

test('a move answers when all that became due has run, however much that is', async () => {
  await using at = await scene()
  await scheduled(at.service, 105)
  await at.time.advance(8 * DAY_MS)
  assert.equal(await keysLeft(at.service), 0)
})

test('what becomes due on the way happens at its own time and in that order, with what follows from it', async () => {
  await using at = await scene()
  const { service, time } = at
  const startMs = service.clock.now()
  const rotating = (await service.createKey()).keyId
  await service.ok('EnableKeyRotation', { KeyId: rotating, RotationPeriodInDays: 90 })
  const primary = (await service.createKey({ MultiRegion: true })).keyId
  await service.ok('ReplicateKey', { KeyId: primary, ReplicaRegion: ELSEWHERE })
  await time.advance(0)
  await service.ok('ScheduleKeyDeletion', { KeyId: primary, PendingWindowInDays: 10 })
  const there = callerOf(ACCOUNT, ELSEWHERE)
  await service.ok('ScheduleKeyDeletion', { KeyId: primary, PendingWindowInDays: 7 }, there)
  assert.equal(await time.advance(400 * DAY_MS), startMs + 400 * DAY_MS)
  assert.deepEqual(acts(await recordsOf(service), startMs), [
    ['DeleteKey', 7],
    ['DeleteKey', 17],
    ['RotateKey', 90],
    ['RotateKey', 180],
    ['RotateKey', 270],
    ['RotateKey', 360],
  ])
  const { Rotations } = await service.ok<{ Rotations: { RotationDate: number }[] }>('ListKeyRotations', {
    KeyId: rotating,
  })
  assert.deepEqual(
    Rotations.map(({ RotationDate }) => (RotationDate * 1000 - startMs) / DAY_MS),
    [90, 180, 270, 360],
  )
  const { NextRotationDate } = await service.ok<{ NextRotationDate: number }>('GetKeyRotationStatus', {
    KeyId: rotating,
  })
  assert.equal((NextRotationDate * 1000 - startMs) / DAY_MS, 450)
})

test('a move leaves nothing undone beside periodic jobs, requests and another move', async () => {
  await using at = await scene()
  const { service, time } = at
  const startMs = service.clock.now()
  const keys = await scheduled(service, 12)
  const [job] = time.jobs()
  const tags = [{ TagKey: 'team', TagValue: 'billing' }]
  const used = await service.createKey()
  await service.ok('EnableKeyRotation', { KeyId: used.keyId, RotationPeriodInDays: 90 })
  await Promise.all([
    time.advance(100 * DAY_MS),
    job?.run(),
    ...Array.from({ length: 20 }, () => service.call('TagResource', { KeyId: used.keyId, Tags: tags })),
    job?.run(),
    time.advance(100 * DAY_MS),
  ])
  assert.equal(service.clock.now(), startMs + 200 * DAY_MS)
  assert.equal(await keysLeft(service), 1)
  const done = acts(await recordsOf(service), startMs)
  assert.equal(done.filter(([operation]) => operation === 'DeleteKey').length, keys.length)
  assert.deepEqual(done.slice(-2), [
    ['RotateKey', 90],
    ['RotateKey', 180],
  ])
})

test('time is where it was left when nothing waits for it any more, and a restart never goes back before it', async () => {
  await using at = await scene()
  const { service, time, remembered } = at
  const startMs = service.clock.now()
  await scheduled(service, 1)
  service.clock.advance(DAY_MS)
  await scheduled(service, 1)
  let asked = 0
  assert.equal(await time.advance(30 * DAY_MS, () => asked++ > 0), startMs + 7 * DAY_MS)
  assert.equal(await keysLeft(service), 1)
  assert.deepEqual(remembered, [startMs + 7 * DAY_MS])
  await time.advance(30 * DAY_MS)
  assert.equal(await keysLeft(service), 0)
  assert.equal(remembered.at(-1), startMs + 37 * DAY_MS)
})

test('a server that stops ends the move at the time that it has reached', async () => {
  await using at = await scene()
  const startMs = at.service.clock.now()
  await scheduled(at.service, 1)
  const moved = at.time.advance(30 * DAY_MS)
  await at.time.stop()
  assert.ok((await moved) < startMs + 30 * DAY_MS)
})
