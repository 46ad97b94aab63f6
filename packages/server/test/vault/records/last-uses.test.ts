import type { KeyRecord } from '../../../src/domain/keys/record.ts'
import { keyTable } from '../../../src/vault/records/key.ts'
import { keyUseTable } from '../../../src/vault/records/key-use.ts'
import type { Table } from '../../../src/vault/records/table.ts'
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { LastUses } from '../../../src/vault/records/last-uses.ts'
import { Records } from '../../../src/vault/records/records.ts'
import type { Store } from '../../../src/vault/storage/store.ts'
import { REGION, TestService } from '../../support/service.ts'

let service: TestService
let ids: string[]
beforeEach(async () => {
  service = await TestService.open()
  ids = []
  for (let key = 0; key < 2; key++) ids.push(`${REGION}/${(await service.createKey()).keyId}`)
})
afterEach(() => service[Symbol.asyncDispose]())

type Use = { usedMs: number; how: string }
type Stored = Pick<KeyRecord, 'accountId' | 'region' | 'keyId'> & Use

/** A tracker of its own, as another process would have one. */
function tracker(change: Partial<Store> = {}): LastUses<KeyRecord, Use, Stored> {
  const { store: own, hierarchy, random } = service.services
  const store = { get: own.get.bind(own), commit: own.commit.bind(own), ...change } as Store
  const records = new Records({ store, hierarchy, random })
  const recordOf = ({ accountId, region, keyId }: KeyRecord, use: Use): Stored => ({ accountId, region, keyId, ...use })
  return new LastUses({ used: keyTable, uses: keyUseTable as unknown as Table<Stored>, recordOf }, records)
}

test('what is written down is read by every process, the latest use first', async () => {
  const [id = ''] = ids
  const [here, there] = [tracker(), tracker()]
  assert.equal(await here.lastUse(id), undefined)
  here.note(id, { usedMs: 2000, how: 'here' })
  assert.deepEqual(await here.lastUse(id), { usedMs: 2000, how: 'here' })
  await here.flush()
  assert.equal((await there.lastUse(id))?.how, 'here')
  there.note(id, { usedMs: 1000, how: 'there' })
  assert.equal((await there.lastUse(id))?.usedMs, 2000)
  there.note(id, { usedMs: 3000, how: 'there' })
  assert.equal((await there.lastUse(id))?.usedMs, 3000)
  await there.flush()
  assert.equal((await here.lastUse(id))?.how, 'there')
})

test('a process that writes late takes nothing back', async () => {
  const [id = ''] = ids
  const [early, late] = [tracker(), tracker()]
  early.note(id, { usedMs: 1000, how: 'early' })
  late.note(id, { usedMs: 2000, how: 'late' })
  await late.flush()
  await early.flush()
  assert.equal((await early.lastUse(id))?.how, 'late')
})

test('a use is written down once, and several rows in one commit', async () => {
  let commits = 0
  const { store } = service.services
  const uses = tracker({ commit: (commit) => (commits++, store.commit(commit)) })
  for (const id of ids) for (let use = 0; use < 5; use++) uses.note(id, { usedMs: use, how: 'x' })
  await uses.flush()
  await uses.flush()
  assert.equal(commits, 1)
  for (const id of ids) assert.equal((await store.get('key_use', id))?.version, 1)
})

test('of a row that was deleted nothing is written, also when that happens on the way', async () => {
  const [early = '', late = ''] = ids
  const { store, random } = service.services
  const remove = async (id: string): Promise<void> => {
    await store.commit({ id: random.uuid(), expect: [], put: [], delete: [{ table: 'key', id }], audit: [] })
  }
  await remove(early)
  const uses = tracker({
    commit: async (commit) => {
      await remove(late)
      return store.commit(commit)
    },
  })
  for (const id of ids) uses.note(id, { usedMs: 1, how: 'x' })
  await uses.flush()
  await uses.flush()
  for (const id of ids) assert.equal(await store.get('key_use', id), undefined)
})

test('what could not be written stays noted and is written the next time', async () => {
  const [id = ''] = ids
  const { store } = service.services
  let full = true
  const uses = tracker({
    commit: (commit) => (full ? Promise.reject(new Error('disk full')) : store.commit(commit)),
  })
  uses.note(id, { usedMs: 7, how: 'x' })
  await assert.rejects(uses.flush(), /disk full/)
  full = false
  await uses.flush()
  assert.equal((await tracker().lastUse(id))?.usedMs, 7)
})

test('a use that is noted while an earlier one is written is not lost', async () => {
  const [id = ''] = ids
  const { store } = service.services
  const uses = tracker({
    commit: (commit) => {
      uses.note(id, { usedMs: 2, how: 'x' })
      return store.commit(commit)
    },
  })
  uses.note(id, { usedMs: 1, how: 'x' })
  await uses.flush()
  assert.equal((await tracker().lastUse(id))?.usedMs, 1)
  await uses.flush()
  assert.equal((await tracker().lastUse(id))?.usedMs, 2)
})

test('what another process kept from being written stays noted, and is written the next time', async () => {
  const [id = ''] = ids
  const { store, random } = service.services
  let busy = true
  const uses = tracker({
    commit: async (commit) => {
      // As if another process had written the key in between.
      const expect = busy ? [{ table: 'key' as const, id, version: 99 }] : commit.expect
      return store.commit({ ...commit, id: random.uuid(), expect })
    },
  })
  uses.note(id, { usedMs: 7, how: 'x' })
  await uses.flush()
  assert.equal(await tracker().lastUse(id), undefined)
  busy = false
  await uses.flush()
  assert.equal((await tracker().lastUse(id))?.usedMs, 7)
})

test('a record that was edited does not keep the uses of others from being written', async () => {
  const [edited = '', other = ''] = ids
  const { store } = service.services
  const uses = tracker({
    get: async (table, id) => {
      const row = await store.get(table, id)
      return row && id === edited ? { ...row, body: `${row.body} ` } : row
    },
  })
  for (const id of ids) uses.note(id, { usedMs: 7, how: 'x' })
  await uses.flush()
  assert.equal(await store.get('key_use', edited), undefined)
  assert.equal((await tracker().lastUse(other))?.usedMs, 7)
})
