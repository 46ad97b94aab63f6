import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { beginRotation, domainAges, DomainRotationJob } from '../../src/jobs/domain-rotation.ts'
import { SeenTimeGuard, type TimeGuard } from '../../src/jobs/time-guard.ts'
import { LONGEST_LIFE_MS } from '../../src/vault/hierarchy/sealing.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { DomainRotations } from '../../src/vault/records/domain-rotations.ts'
import { Records } from '../../src/vault/records/records.ts'
import { WaitOver } from '../../src/vault/records/wait-over.ts'
import { readSeenTime, writeSeenTime } from '../../src/vault/records/waits.ts'
import type { Store } from '../../src/vault/storage/store.ts'
import { listing } from '../support/hierarchy.ts'
import { recordsOf } from '../support/records.ts'
import { base64, REGION, TestService } from '../support/service.ts'

const DAY_MS = 86_400_000
type Guard = Pick<TimeGuard, 'judge'>
const over: Guard = { judge: () => Promise.resolve(WaitOver.byDate()) }
const waiting: Guard = { judge: () => Promise.resolve('waits') }

function jobOf({ engine }: TestService, guard: Guard, { everyDays = 0, store = engine.store } = {}) {
  const records = new Records({ ...engine, store })
  const rotations = new DomainRotations({ ...engine, store, records })
  return new DomainRotationJob({ ...engine, store, records, rotations, guard, everyDays })
}

async function generationsOf({ engine }: TestService, domain: string): Promise<number[]> {
  const rows = await engine.store.listByOwner('domain_key', domain, { limit: 100 })
  return rows.map(({ id }) => Number(id.split('/')[1]))
}

/** Tells the clock of waiting periods that the service ran for so long. */
async function run({ engine }: TestService, ms: number): Promise<void> {
  const { row, seen } = (await readSeenTime(engine)) ?? assert.fail()
  const changes = new Changeset()
  writeSeenTime({ ...seen, seenMs: seen.seenMs + ms }, row, changes)
  await engine.records.commit(changes)
}

test('a replaced key is destroyed when the service was seen running for as long as tokens live, and not by a clock', async () => {
  await using service = await TestService.open()
  const { engine, clock } = service
  const { keyId } = await service.createKey()
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('kept') })
  const guard = await SeenTimeGuard.start(engine)
  assert.equal(await beginRotation(REGION, { operator: { user: 'ann' } }, engine), 2)
  await jobOf(service, guard).run()
  assert.deepEqual(await generationsOf(service, REGION), [1, 2])
  clock.advance(400 * DAY_MS)
  await jobOf(service, guard).run()
  assert.deepEqual(await generationsOf(service, REGION), [1, 2])
  await run(service, LONGEST_LIFE_MS + 10 * 60_000)
  await jobOf(service, guard).run()
  assert.deepEqual(await generationsOf(service, REGION), [2])
  assert.equal((await service.ok('Decrypt', { CiphertextBlob })).Plaintext, base64('kept'))

  const records = (await recordsOf(service)).filter(({ operation }) => /Domain/.test(operation))
  const told = records.map(({ operation, region, request, operator }) => ({ operation, region, request, operator }))
  assert.deepEqual(told, [
    {
      operation: 'RotateDomain',
      region: REGION,
      request: { domain: REGION, generation: 2 },
      operator: { user: 'ann' },
    },
    {
      operation: 'DestroyDomainKey',
      region: REGION,
      request: { domain: REGION, generations: [1] },
      operator: undefined,
    },
  ])
})

test('where the clock of waiting periods was begun again, a replaced key waits again', async () => {
  await using service = await TestService.open()
  await beginRotation('global', {}, service.engine)
  const before = (await service.engine.store.get('domain_key', 'global/1')) ?? assert.fail()
  const unseen: Guard = { judge: () => Promise.resolve('unseen') }
  await jobOf(service, unseen).run()
  const after = (await service.engine.store.get('domain_key', 'global/1')) ?? assert.fail()
  assert.equal(after.version, before.version + 1)
  await service.engine.hierarchy.verify(after)
})

test('a database that is not as it was left destroys no key', async () => {
  await using service = await TestService.open()
  const { engine } = service
  await beginRotation('global', {}, engine)
  const store: Store = {
    ...listing(engine.store, (rows) => rows),
    inspectLedger: async () => ({ ledger: undefined, found: {}, problems: ['changed'], isUsable: true }),
  }
  await jobOf(service, over, { store }).run()
  assert.deepEqual(await generationsOf(service, 'global'), [1, 2])
  await jobOf(service, over).run()
  assert.deepEqual(await generationsOf(service, 'global'), [2])
})

test('a row that is not authentic keeps the key, and is not read again and again', async () => {
  await using service = await TestService.open()
  const { engine, clock } = service
  const row = (await engine.store.get('account', '111122223333')) ?? assert.fail()
  const edited = { ...row, version: row.version + 1, owner: 'edited' }
  const commit = { id: 'edit', expect: [], put: [edited], delete: [], audit: [] }
  await engine.store.commit(commit)
  await engine.store.commit({ ...commit, id: 'back', put: [{ ...edited, version: edited.version + 1 }] })
  await beginRotation('global', {}, engine)
  let steps = 0
  const store: Store = {
    ...listing(engine.store, (rows) => rows),
    rewrite: (step) => (steps++, engine.store.rewrite(step)),
  }
  const job = jobOf(service, over, { store })
  await job.run()
  const first = steps
  await job.run()
  assert.ok(first > 0)
  assert.equal(steps, first)
  clock.advance(11 * 60_000)
  await job.run()
  assert.ok(steps > first)
  assert.deepEqual(await generationsOf(service, 'global'), [1, 2])
})

describe('the schedule', () => {
  test('rotates a domain whose key is old, once the service has run with it for a day', async () => {
    await using service = await TestService.open()
    const { engine, clock } = service
    await service.createKey()
    const guard = await SeenTimeGuard.start(engine)
    const job = jobOf(service, guard, { everyDays: 30 })
    clock.advance(31 * DAY_MS)
    await job.run()
    assert.deepEqual(await generationsOf(service, REGION), [1])
    await run(service, 2 * DAY_MS)
    await job.run()
    assert.deepEqual(await generationsOf(service, REGION), [1, 2])
    assert.deepEqual(await generationsOf(service, 'global'), [1, 2])
    // A clock that jumps again and again makes no key after key.
    await run(service, LONGEST_LIFE_MS + 10 * 60_000)
    await job.run()
    assert.deepEqual(await generationsOf(service, REGION), [2])
    await job.run()
    assert.deepEqual(await generationsOf(service, REGION), [2])
    clock.advance(31 * DAY_MS)
    await job.run()
    assert.deepEqual(await generationsOf(service, REGION), [2, 3])
  })

  test('rotates nothing where it is off, and shows how old keys are', async () => {
    await using service = await TestService.open()
    const { engine, clock } = service
    await service.createKey()
    await SeenTimeGuard.start(engine)
    clock.advance(4000 * DAY_MS)
    await run(service, 4000 * DAY_MS)
    await jobOf(service, over, { everyDays: 0 }).run()
    const [region] = (await domainAges(engine)).filter(({ domain }) => domain === REGION)
    assert.deepEqual(region, { domain: REGION, generation: 1, ageMs: 4000 * DAY_MS, retired: 0 })
  })
})

/** A process that dies before or after the nth write to the database; nothing that it has in memory is left. */
function dying(store: Store, at: number, when: 'before' | 'after'): { store: Store; died(): boolean } {
  let writes = 0
  const write = async <T>(act: () => Promise<T>): Promise<T> => {
    writes++
    if (writes > at || (writes === at && when === 'before')) throw new Error('killed')
    const result = await act()
    if (writes === at) throw new Error('killed')
    return result
  }
  return {
    store: {
      ...listing(store, (rows) => rows),
      commit: (commit) => write(() => store.commit(commit)),
      rewrite: (step) => write(() => store.rewrite({ ...step, limit: 10 })),
    },
    died: () => writes >= at,
  }
}

test('a rotation that dies before or after any write is brought to its end by the next process', async () => {
  await using service = await TestService.open()
  const { engine } = service
  const { keyId } = await service.createKey()
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('kept') })
  let points = 0
  for (let at = 1, dies = true; dies; at++) {
    for (const when of ['before', 'after'] as const) {
      const mortal = dying(engine.store, at, when)
      const records = new Records({ ...engine, store: mortal.store })
      const rotations = new DomainRotations({ ...engine, store: mortal.store, records })
      const context = { ...engine, store: mortal.store, records, rotations }
      const life = async (): Promise<void> => {
        await beginRotation(REGION, {}, context)
        await jobOf(service, waiting, { store: mortal.store }).run()
        await jobOf(service, over, { store: mortal.store }).run()
      }
      await life().catch((error: Error) => assert.match(error.message, /killed/))
      dies = mortal.died()
      if (dies) points++
      engine.hierarchy.forgetAll()
      await jobOf(service, over).run()
      assert.equal((await generationsOf(service, REGION)).length, 1)
      assert.deepEqual((await engine.store.inspectLedger()).problems, [])
      engine.hierarchy.forgetAll()
      assert.equal((await service.ok('Decrypt', { CiphertextBlob })).Plaintext, base64('kept'))
    }
  }
  assert.ok(points >= 8, `only ${points} points`)
})
