import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { deleteDueKeys } from '../../src/jobs/deletion.ts'
import { deleteExpiredMaterial } from '../../src/jobs/expiry.ts'
import { SeenTimeGuard } from '../../src/jobs/time-guard.ts'
import { MAX_STEP_MS, type SeenTime } from '../../src/domain/keys/seen-time.ts'
import { DAY_MS } from '../../src/services/kms/keys/new-key.ts'
import { readSeenTime, writeSeenTime } from '../../src/vault/records/waits.ts'
import { acceptDatabase } from '../../src/admin/operator/accept-database.ts'
import { confirmStop, knownStops } from '../../src/admin/operator/confirm-clock.ts'
import { examine } from '../../src/admin/operator/doctor/doctor.ts'
import { operatorAccountSetting, operatorOfProcess } from '../../src/admin/operator/operator-account.ts'
import type { Serving } from '../../src/execution/operations.ts'
import { settingTable } from '../../src/vault/records/setting.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { dataPaths } from '../../src/vault/storage/data-folder.ts'
import { importInto } from '../support/import.ts'
import { recordsOf } from '../support/records.ts'
import { ACCOUNT, callerOf, REGION, TestService } from '../support/service.ts'

const MINUTE_MS = 60_000
/** What a wait takes at most beyond its window, while the service runs. */
const LATE_MS = 5 * MINUTE_MS

/** A service on a machine whose wall clock can be set. What monotonic time says is the truth. */
class Machine implements AsyncDisposable {
  readonly service: TestService
  readonly services: Serving
  aheadMs = 0
  /** How long the inspection of the database takes, if it is longer than nothing. */
  inspectionMs = 0
  #guard: SeenTimeGuard | undefined

  private constructor(service: TestService) {
    this.service = service
    this.services = {
      ...service.services,
      clock: { ...service.clock, now: () => service.clock.now() + this.aheadMs },
    }
  }

  static async create(): Promise<Machine> {
    const machine = new Machine(await TestService.open())
    await machine.commit((changes) => void changes.insert(settingTable, operatorAccountSetting(ACCOUNT)))
    return machine
  }

  async commit(fill: (changes: Changeset) => void): Promise<void> {
    const changes = new Changeset()
    fill(changes)
    const { committed } = await this.services.records.commit(changes)
    assert.ok(committed)
  }

  async start(): Promise<void> {
    this.#guard = await SeenTimeGuard.start(this.services)
  }

  async stopFor(ms: number): Promise<void> {
    await this.#guard?.stop()
    this.#guard = undefined
    this.service.clock.advance(ms)
  }

  /** Runs for a while, as a service does: its jobs, in turn. */
  async run(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= MINUTE_MS) {
      this.service.clock.advance(Math.min(leftMs, MINUTE_MS))
      await this.jobs()
    }
  }

  async jobs(): Promise<void> {
    assert.ok(this.#guard)
    const guard = this.#guard
    const isSound = async (): Promise<boolean> => {
      this.service.clock.advance(this.inspectionMs)
      await guard.tick()
      return true
    }
    const context = { ...this.services, guard, ...(this.inspectionMs > 0 && { isSound }) }
    await this.#guard.tick()
    await deleteDueKeys(context)
    await deleteExpiredMaterial(context)
  }

  /** Has run for a long time, with jobs only at its end: what the guard writes each minute is written at once. */
  async hasRun(ms: number): Promise<void> {
    this.service.clock.advance(ms)
    await this.edit((seen) => ({ ...seen, seenMs: seen.seenMs + ms, wallMs: this.services.clock.now() }))
    await this.jobs()
  }

  async edit(change: (seen: SeenTime) => SeenTime): Promise<void> {
    const stored = await readSeenTime(this.services)
    assert.ok(stored)
    await this.commit((changes) => void writeSeenTime(change(stored.seen), stored.row, changes))
  }

  async ok<T>(operation: 'CreateKey' | 'ScheduleKeyDeletion', input: object): Promise<T> {
    const { status, body } = await this.service.callOn(this.services, operation, input, callerOf(ACCOUNT))
    assert.equal(status, 200, JSON.stringify(body))
    return body as T
  }

  /** A key whose deletion is scheduled. */
  async doomed(days = 7): Promise<string> {
    const { KeyMetadata } = await this.ok<{ KeyMetadata: { KeyId: string } }>('CreateKey', {})
    await this.ok('ScheduleKeyDeletion', { KeyId: KeyMetadata.KeyId, PendingWindowInDays: days })
    return KeyMetadata.KeyId
  }

  async isThere(keyId: string): Promise<boolean> {
    return (await this.service.engine.store.get('key', `${REGION}/${keyId}`)) !== undefined
  }

  async confirm(stop: number, counts = true): Promise<void> {
    await confirmStop(stop, counts, { ...this.services, operator: operatorOfProcess() })
  }

  /** What doctor says of keys that wait beyond their date. */
  async overdue(): Promise<string> {
    const messages: string[] = []
    for await (const { message } of examine({ ...this.services })) messages.push(message)
    return messages.join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]()
  }
}

test('a first start with the clock a year ahead takes no key its waiting period, whatever jumps follow', async () => {
  await using machine = await Machine.create()
  machine.aheadMs = 365 * DAY_MS
  await machine.start()
  await machine.run(MINUTE_MS)
  machine.aheadMs = 0
  await machine.stopFor(0)
  await machine.start()
  const keyId = await machine.doomed()
  machine.aheadMs = 8 * DAY_MS
  await machine.run(5 * MINUTE_MS)
  assert.ok(await machine.isThere(keyId), 'deleted minutes after it was scheduled')
  await machine.hasRun(7 * DAY_MS - 6 * MINUTE_MS)
  assert.ok(await machine.isThere(keyId), 'deleted before its waiting period ended')
  await machine.run(LATE_MS + MINUTE_MS)
  assert.equal(await machine.isThere(keyId), false)
})

test('without a jump a key is deleted within five minutes after its date', async () => {
  await using machine = await Machine.create()
  await machine.start()
  await machine.run(MINUTE_MS)
  const keyId = await machine.doomed()
  await machine.hasRun(7 * DAY_MS - MINUTE_MS)
  assert.ok(await machine.isThere(keyId))
  assert.equal(await machine.overdue(), '')
  await machine.run(LATE_MS)
  assert.equal(await machine.isThere(keyId), false)
})

test('a stop counts once an operator says so, for what was scheduled before it, and not after that is taken back', async () => {
  await using machine = await Machine.create()
  await machine.start()
  const [before, kept] = [await machine.doomed(), await machine.doomed(30)]
  await machine.run(10 * MINUTE_MS)
  await machine.stopFor(8 * DAY_MS)
  await machine.start()
  const after = await machine.doomed()
  await machine.run(LATE_MS)
  assert.ok(await machine.isThere(before))
  assert.match(
    await machine.overdue(),
    new RegExp(`:key/${before} has come, and it waits until the service has been running for 168 more hours`),
  )
  const [stop] = await knownStops(machine.services)
  assert.equal(stop && Math.round((stop.toMs - stop.fromMs) / DAY_MS), 8)
  await machine.confirm(1)
  await machine.run(LATE_MS)
  assert.equal(await machine.isThere(before), false)
  assert.ok(await machine.isThere(after))
  const records = (await recordsOf(machine.service)).filter(({ operation }) => operation === 'ConfirmClock')
  assert.deepEqual(
    records.map(({ request }) => [request?.['stop'], request?.['counts']]),
    [[1, true]],
  )
  await machine.confirm(1, false)
  await machine.hasRun(23 * DAY_MS)
  assert.ok(await machine.isThere(kept))
  assert.equal(await machine.isThere(after), false)
  await machine.hasRun(8 * DAY_MS)
  assert.equal(await machine.isThere(kept), false)
})

test('a stop that was confirmed wrongly and is corrected takes nothing from what is scheduled later', async () => {
  await using machine = await Machine.create()
  await machine.start()
  await machine.stopFor(MINUTE_MS)
  machine.aheadMs = 365 * DAY_MS
  await machine.start()
  await machine.confirm(1)
  await machine.run(MINUTE_MS)
  machine.aheadMs = 0
  await machine.stopFor(MINUTE_MS)
  await machine.start()
  const keyId = await machine.doomed()
  machine.aheadMs = 366 * DAY_MS
  await machine.run(5 * MINUTE_MS)
  assert.ok(await machine.isThere(keyId))
})

test('expired imported material is kept until the service saw its time pass', async () => {
  await using machine = await Machine.create()
  await machine.start()
  const { service } = machine
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' })
  const valid = { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: (service.clock.now() + DAY_MS) / 1000 }
  const id = await importInto(service, keyId, randomBytes(32), valid)
  const sealed = async (): Promise<unknown> =>
    (await service.services.store.get('material', `${REGION}/${keyId}/${id}`))?.sealed
  machine.aheadMs = 30 * DAY_MS
  await machine.run(5 * MINUTE_MS)
  assert.notEqual(await sealed(), null)
  const overdue = new RegExp(
    `expiry of key material ${id} of arn:\\S+:key/${keyId} has come, and it waits until the service has been running for 24 more hours`,
  )
  assert.match(await machine.overdue(), overdue)
  await machine.hasRun(DAY_MS)
  assert.equal(await sealed(), null)
  assert.equal(await machine.overdue(), '')
})

test('what is due is deleted also where the inspection takes longer than the clock is kept without being written', async () => {
  await using machine = await Machine.create()
  await machine.start()
  machine.inspectionMs = 2 * MINUTE_MS
  const keyId = await machine.doomed()
  const imported = await machine.service.createKey({ Origin: 'EXTERNAL' })
  const valid = { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: (machine.service.clock.now() + DAY_MS) / 1000 }
  const id = await importInto(machine.service, imported.keyId, randomBytes(32), valid)
  await machine.hasRun(7 * DAY_MS + LATE_MS)
  assert.equal(await machine.isThere(keyId), false)
  const material = await machine.service.engine.store.get('material', `${REGION}/${imported.keyId}/${id}`)
  assert.equal(material?.sealed, null)
})

test('what waits for a time that nothing saw begin waits for 30 days: of an earlier build, or without the row', async () => {
  await using machine = await Machine.create()
  await machine.start()
  const [earlier, later] = [await machine.doomed(), await machine.doomed()]
  await machine.service.force(earlier, { deletionWait: undefined })
  await machine.hasRun(8 * DAY_MS)
  assert.deepEqual([await machine.isThere(earlier), await machine.isThere(later)], [true, false])
  await machine.hasRun(29 * DAY_MS)
  assert.ok(await machine.isThere(earlier))
  const row = await readSeenTime(machine.services)
  await machine.commit((changes) => changes.discard(settingTable, { name: row?.row.id ?? '' }))
  await machine.run(MINUTE_MS)
  await machine.hasRun(29 * DAY_MS)
  assert.ok(await machine.isThere(earlier))
  await machine.hasRun(2 * DAY_MS)
  assert.equal(await machine.isThere(earlier), false)
})

test('waiting periods start over when an operator accepts a changed database', async () => {
  await using machine = await Machine.create()
  await machine.start()
  const keyId = await machine.doomed()
  await machine.hasRun(6 * DAY_MS)
  const database = new DatabaseSync(dataPaths(machine.service.folder).database, { timeout: 5000 })
  database.exec("DELETE FROM stored_row WHERE kind = 'account' AND id = '444455556666'")
  await machine.hasRun(2 * DAY_MS)
  assert.ok(await machine.isThere(keyId), 'deleted from a changed database')
  database.close()
  await acceptDatabase({ ...machine.services, operator: operatorOfProcess() })
  await machine.run(MINUTE_MS)
  await machine.hasRun(29 * DAY_MS)
  assert.ok(await machine.isThere(keyId), 'deleted by how long it waited before')
  await machine.hasRun(2 * DAY_MS)
  assert.equal(await machine.isThere(keyId), false)
})

test('two processes count one time, and neither counts what the other wrote twice', async () => {
  await using machine = await Machine.create()
  const guards = [await SeenTimeGuard.start(machine.services), await SeenTimeGuard.start(machine.services)]
  const sinceMs = machine.service.clock.now()
  for (let tick = 0; tick < 60; tick++) {
    machine.service.clock.advance(10_000)
    for (const guard of guards) await guard.tick()
  }
  const seen = (await readSeenTime(machine.services))?.seen.seenMs ?? 0
  const trueMs = machine.service.clock.now() - sinceMs
  assert.ok(seen <= trueMs && seen >= trueMs - MAX_STEP_MS, `${seen} of ${trueMs} ms`)
})
