import { writeRows } from '../support/raw-rows.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actOnDueRows, nextDueMs, type Outcome } from '../../src/jobs/due-rows.ts'
import { inspectedOnce } from '../../src/jobs/sound-database.ts'
import { keyTable } from '../../src/vault/records/key.ts'
import type { Authentic } from '../../src/vault/records/authentic.ts'
import type { Row, Store } from '../../src/vault/storage/store.ts'
import { onStore } from '../support/on-store.ts'
import { TestService } from '../support/service.ts'

/** Rows of keys that are due one millisecond after another, with bodies that mean nothing. */
async function withDueRows(service: TestService, count: number): Promise<void> {
  const { hierarchy } = service.services
  const rows: Row[] = []
  for (let index = 0; index < count; index++) {
    const row = { table: 'key' as const, id: `r/${String(index).padStart(5, '0')}`, owner: 'o', target: '', version: 1 }
    rows.push((await hierarchy.complete({ ...row, dueMs: index, body: '{}', sealed: null })).row)
  }
  await writeRows(service.services, ...rows)
}

async function rewritten(service: TestService, id: string, dueMs: number | null): Promise<void> {
  const { hierarchy, store } = service.services
  const row = (await store.get('key', id)) ?? assert.fail()
  const { mac: _, generation: __, ...rest } = row
  const next = (await hierarchy.complete({ ...rest, dueMs, version: row.version + 1 })).row
  assert.ok((await writeRows(service.services, next)).committed)
}

test('every due row is shown once, in the order of due times, whatever their number', async () => {
  await using service = await TestService.open()
  await withDueRows(service, 1101)
  const seen: number[] = []
  const act = async ({ dueMs }: Authentic<unknown>): Promise<Outcome> => {
    seen.push(dueMs ?? -1)
    return seen.length % 2 === 0 ? 'passed' : 'done'
  }
  await actOnDueRows({ table: keyTable, nowMs: 1099 }, act, service.services)
  assert.deepEqual(
    seen,
    Array.from({ length: 1100 }, (_, index) => index),
  )
})

test('a row that another writer changed first is shown again as it is then, while it is due', async () => {
  await using service = await TestService.open()
  await withDueRows(service, 3)
  const seen: string[] = []
  const act = async ({ id, version, dueMs }: Authentic<unknown>): Promise<Outcome> => {
    seen.push(`${id}@${version}`)
    if (version > 1 || dueMs === 0) return 'done'
    await rewritten(service, id, dueMs === 1 ? 1 : null)
    return 'lost'
  }
  await actOnDueRows({ table: keyTable, nowMs: 10 }, act, service.services)
  assert.deepEqual(seen, ['r/00000@1', 'r/00001@1', 'r/00001@2', 'r/00002@1'])
})

test('a run gives up on a row that others change all the time, and goes on with the next', async () => {
  await using service = await TestService.open()
  await withDueRows(service, 2)
  const seen: string[] = []
  await actOnDueRows(
    { table: keyTable, nowMs: 10 },
    async ({ id }) => {
      seen.push(id)
      return id === 'r/00000' ? 'lost' : 'done'
    },
    service.services,
  )
  assert.deepEqual(seen, [...Array.from({ length: 5 }, () => 'r/00000'), 'r/00001'])
})

test('a run ends between two rows once the server stops', async () => {
  await using service = await TestService.open()
  await withDueRows(service, 3)
  const stopping = new AbortController()
  let acts = 0
  const act = async (): Promise<Outcome> => {
    acts += 1
    stopping.abort()
    return 'done'
  }
  await actOnDueRows({ table: keyTable, nowMs: 10 }, act, { ...service.services, stopping: stopping.signal })
  assert.equal(acts, 1)
})

test('what is destroyed was read before the inspection that vouches for it', async () => {
  await using service = await TestService.open()
  await withDueRows(service, 501)
  const { store } = service.services
  const events: string[] = []
  const noting =
    (event: string) =>
    (target: Store, name: keyof Store) =>
    async (...args: never[]) => {
      events.push(event)
      return (target[name] as (...args: never[]) => unknown).apply(target, args)
    }
  const note = { listDue: noting('read'), get: noting('read'), inspectLedger: noting('inspect') }
  const watchedStore = new Proxy(store, {
    get: (target, name: keyof typeof note) => note[name]?.(target, name) ?? target[name],
  })
  const watched = onStore(service.services, watchedStore)
  const isSound = inspectedOnce(watched)
  const act = async ({ id, version }: Authentic<unknown>, reading: object): Promise<Outcome> => {
    assert.ok(await isSound(reading))
    if (id !== 'r/00003' || events.filter((event) => event === 'read').length > 1)
      return version === 1 ? 'done' : 'lost'
    return 'lost'
  }
  await actOnDueRows({ table: keyTable, nowMs: 1000 }, act, watched)
  // The first page, the row that was lost and read again, and the second page.
  assert.deepEqual(events, ['read', 'inspect', 'read', 'inspect', 'inspect', 'read', 'inspect'])
})

test('the next due time is the first of any table after one time and until another', async () => {
  await using service = await TestService.open()
  await withDueRows(service, 3)
  const { records } = service.services
  assert.equal(await nextDueMs(records, 0, 100), 1)
  assert.equal(await nextDueMs(records, 1, 2), 2)
  assert.equal(await nextDueMs(records, 1, 1), undefined)
  assert.equal(await nextDueMs(records, 2, 100), undefined)
})
