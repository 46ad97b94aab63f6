import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteDueKeys } from '../../src/jobs/deletion.ts'
import { rotateDueKeys } from '../../src/jobs/rotation.ts'
import { SeenTimeGuard } from '../../src/jobs/time-guard.ts'
import { operatorAccountSetting, operatorOfProcess } from '../../src/admin/operator/operator-account.ts'
import { confirmStop } from '../../src/admin/operator/confirm-clock.ts'
import type { Serving } from '../../src/execution/operations.ts'
import { systemClock } from '../../src/platform/system-clock.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { settingTable } from '../../src/vault/records/setting.ts'
import { readSeenTime, writeSeenTime } from '../../src/vault/records/waits.ts'
import { ACCOUNT, callerOf, TestService } from '../support/service.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A machine that tells for how long it runs, and whether its clock is synchronized. Monotonic time is the truth. */
class BootingMachine implements AsyncDisposable {
  readonly service: TestService
  readonly services: Serving
  aheadMs = 0
  isSynchronized = false
  #boots = 1
  #bootedMs: number
  #guard: SeenTimeGuard | undefined

  private constructor(service: TestService) {
    this.service = service
    const { clock } = service
    this.#bootedMs = clock.monotonic()
    const boot = (): ReturnType<NonNullable<typeof systemClock.boot>> => ({
      id: `boot ${this.#boots}`,
      uptimeMs: clock.monotonic() - this.#bootedMs,
      isSynchronized: this.isSynchronized,
    })
    this.services = { ...service.services, clock: { ...clock, now: () => clock.now() + this.aheadMs, boot } }
  }

  static async create(): Promise<BootingMachine> {
    const service = await TestService.open()
    const changes = new Changeset()
    changes.insert(settingTable, operatorAccountSetting(ACCOUNT))
    await service.services.records.commit(changes)
    const machine = new BootingMachine(service)
    await machine.start()
    return machine
  }

  get guard(): SeenTimeGuard {
    return this.#guard ?? assert.fail('the service is stopped')
  }

  async start(): Promise<void> {
    this.#guard = await SeenTimeGuard.start(this.services)
  }

  /** The service is stopped for so long; the machine as well, and started again, if it says so. */
  async stopFor(ms: number, { reboots = false } = {}): Promise<void> {
    await this.guard.stop()
    this.service.clock.advance(ms)
    if (reboots) {
      this.#boots++
      this.#bootedMs = this.service.clock.monotonic() - MINUTE_MS
    }
    await this.start()
  }

  /** Has run for so long: what the guard writes each minute is written at once, but for the last minutes. */
  async run(ms: number): Promise<void> {
    const atOnceMs = Math.max(0, ms - 3 * MINUTE_MS)
    this.service.clock.advance(atOnceMs)
    const { seen, row } = (await readSeenTime(this.services)) ?? assert.fail()
    const changes = new Changeset()
    const { clock } = this.services
    const at = clock.boot?.() ?? assert.fail()
    writeSeenTime({ ...seen, seenMs: seen.seenMs + atOnceMs, wallMs: clock.now(), at }, row, changes)
    assert.ok((await this.services.records.commit(changes)).committed)
    for (let leftMs = ms - atOnceMs; leftMs > 0; leftMs -= MINUTE_MS) {
      this.service.clock.advance(Math.min(leftMs, MINUTE_MS))
      await this.guard.tick()
    }
    await deleteDueKeys({ ...this.services, guard: this.guard, isSound: () => Promise.resolve(true) })
  }

  async call<T>(operation: 'CreateKey' | 'ScheduleKeyDeletion' | 'EnableKeyRotation', input: object): Promise<T> {
    const { status, body } = await this.service.callOn(this.services, operation, input, callerOf(ACCOUNT))
    assert.equal(status, 200, JSON.stringify(body))
    return body as T
  }

  async doomed(): Promise<string> {
    const { KeyMetadata } = await this.call<{ KeyMetadata: { KeyId: string } }>('CreateKey', {})
    await this.call('ScheduleKeyDeletion', { KeyId: KeyMetadata.KeyId, PendingWindowInDays: 7 })
    return KeyMetadata.KeyId
  }

  async isThere(KeyId: string): Promise<boolean> {
    return (await this.service.call('DescribeKey', { KeyId })).status === 200
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]()
  }
}

test('a stop of the service counts by itself while the machine runs, however wall time jumps', async () => {
  await using machine = await BootingMachine.create()
  const key = await machine.doomed()
  await machine.run(HOUR_MS)
  machine.aheadMs = 30 * DAY_MS
  await machine.stopFor(5 * DAY_MS)
  await machine.run(HOUR_MS)
  assert.ok(await machine.isThere(key), 'wall time counts')
  await machine.stopFor(2 * DAY_MS)
  await machine.run(10 * MINUTE_MS)
  assert.equal(await machine.isThere(key), false, 'the machine saw seven days')
  assert.deepEqual((await readSeenTime(machine.services))?.seen.stops, [])
})

test('a stop of the machine counts after a day in which its clock stays synchronized, and half is seen at least', async () => {
  await using machine = await BootingMachine.create()
  machine.isSynchronized = true
  const key = await machine.doomed()
  await machine.run(2 * HOUR_MS)
  await machine.stopFor(6 * DAY_MS, { reboots: true })
  await machine.run(23 * HOUR_MS)
  assert.equal(await machine.guard.leadMs(), 6 * DAY_MS, 'it has not settled')
  await machine.run(2 * HOUR_MS)
  assert.equal(await machine.guard.leadMs(), 0)
  assert.ok(await machine.isThere(key), 'only a day was seen')
  await machine.run(2 * DAY_MS + 12 * HOUR_MS)
  assert.equal(await machine.isThere(key), false, 'three and a half days were seen, as many count')
})

/** What keeps a stop of the machine from counting by itself. */
const DOUBTS: Readonly<Record<string, (machine: BootingMachine) => Promise<void>>> = {
  'the clock was not synchronized before': async (machine) => {
    machine.isSynchronized = false
    await machine.run(2 * MINUTE_MS)
    machine.aheadMs = 0
    await machine.stopFor(5 * DAY_MS, { reboots: true })
    machine.isSynchronized = true
  },
  'the clock is not synchronized any more': async (machine) => {
    await machine.stopFor(5 * DAY_MS, { reboots: true })
    machine.isSynchronized = false
    await machine.run(2 * MINUTE_MS)
    machine.isSynchronized = true
  },
  'the clock jumps afterwards': async (machine) => {
    await machine.stopFor(5 * DAY_MS, { reboots: true })
    machine.aheadMs = -DAY_MS
    await machine.run(2 * MINUTE_MS)
  },
  'it was longer than the shortest waiting period': (machine) => machine.stopFor(8 * DAY_MS, { reboots: true }),
  'an operator says that it does not': async (machine) => {
    await machine.stopFor(5 * DAY_MS, { reboots: true })
    const operator = operatorOfProcess()
    await confirmStop(1, false, { ...machine.services, operator })
  },
}

for (const [what, doubt] of Object.entries(DOUBTS)) {
  test(`a stop of the machine does not count by itself where ${what}`, async () => {
    await using machine = await BootingMachine.create()
    machine.isSynchronized = true
    const key = await machine.doomed()
    await machine.run(2 * HOUR_MS)
    await doubt(machine)
    await machine.run(5 * DAY_MS)
    assert.ok(await machine.isThere(key))
  })
}

test('no key rotates by a jump of the clock that no deletion follows, nor by its end', async () => {
  await using machine = await BootingMachine.create()
  const { KeyMetadata } = await machine.call<{ KeyMetadata: { KeyId: string } }>('CreateKey', {})
  const KeyId = KeyMetadata.KeyId
  await machine.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  const rotations = async (): Promise<number> => {
    await rotateDueKeys({ ...machine.services, guard: machine.guard })
    const { body } = await machine.service.call('ListKeyRotations', { KeyId })
    return (body.Rotations as unknown[]).length
  }
  machine.aheadMs = 100 * DAY_MS
  assert.equal(await rotations(), 0, 'at once')
  await machine.run(2 * HOUR_MS)
  await machine.stopFor(HOUR_MS)
  assert.equal(await rotations(), 0, 'after a start')
  machine.aheadMs = 0
  await machine.run(2 * HOUR_MS)
  assert.equal(await machine.guard.leadMs(), 0, 'the clock is right again')
  await machine.stopFor(90 * DAY_MS)
  assert.equal(await rotations(), 1, 'its period was seen')
})

test('the machine tells how long it runs, where it is Linux', { skip: process.platform !== 'linux' }, () => {
  const first = systemClock.boot?.() ?? assert.fail()
  assert.match(first.id, /^[0-9a-f-]{36}$/)
  const second = systemClock.boot?.() ?? assert.fail()
  assert.ok(second.id === first.id && second.uptimeMs >= first.uptimeMs && first.uptimeMs > 0)
})
