import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../src/crypto/random.ts'
import type { Hierarchy } from '../../../src/vault/hierarchy/hierarchy.ts'
import { IntegrityError } from '../../../src/vault/hierarchy/sealing.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { countForOneMore, lastPlaces } from '../../../src/vault/records/last-places.ts'
import { Records } from '../../../src/vault/records/records.ts'
import { settingTable } from '../../../src/vault/records/setting.ts'
import { WaitOver } from '../../../src/vault/records/wait-over.ts'
import { beginClockAgain, beginWait, newClock, writeSeenTime } from '../../../src/vault/records/waits.ts'
import type { Commit, Row, Store } from '../../../src/vault/storage/store.ts'
import { manualClock } from '../../support/manual-clock.ts'

const SEALED = { generation: 4, bytes: Uint8Array.of(1, 2) }
/** The generation of rows that nothing is sealed in. */
const NEWEST = 9

/** A store of these settings, and what is committed to it. Rows with an empty MAC do not verify. */
function recordsOf(...rows: readonly Row[]): { records: Records; committed: Commit[]; accepted: Commit[] } {
  const [committed, accepted]: Commit[][] = [[], []]
  const result = Promise.resolve({ committed: true, revision: 1 })
  const store = {
    get: (_: string, id: string) => Promise.resolve(rows.find((row) => row.id === id)),
    list: () => Promise.resolve(rows),
    commit: (commit: Commit) => (committed?.push(commit), result),
    acceptRows: (commit: Commit) => (accepted?.push(commit), result),
  }
  const hierarchy: Pick<Hierarchy, 'verify' | 'complete'> = {
    verify(row) {
      return row.mac.byteLength > 0 ? Promise.resolve(row) : Promise.reject(new IntegrityError(row.id))
    },
    complete(row, sealed) {
      const under = { table: 'domain_key', id: 'global/9', version: 1 } as const
      return Promise.resolve({
        row: { ...row, generation: sealed?.generation ?? NEWEST, mac: Uint8Array.of(1) },
        under,
      })
    },
  }
  const context = { store: store as unknown as Store, hierarchy: hierarchy as Hierarchy, random: systemRandom }
  return { records: new Records(context), committed: committed ?? [], accepted: accepted ?? [] }
}

function settingRow(id: string, change: Partial<Row> = {}): Row {
  const columns = { owner: '', target: '', dueMs: null, generation: 1, body: 'text', sealed: null }
  return { table: 'setting', id, version: 3, ...columns, mac: Uint8Array.of(1), ...change }
}

test('a record is inserted where none is, and updated, deleted or required as it was read', async () => {
  const { records } = recordsOf(settingRow('a'))
  const read = (await records.get(settingTable, { name: 'a' })) ?? assert.fail()
  const at = (version: number) => ({ table: 'setting', id: 'a', version })
  const changed = (change: (changes: Changeset) => void) => {
    const changes = new Changeset()
    change(changes)
    const written = changes.written.map(({ row }) => [row.id, row.version, row.body])
    return { expected: changes.expected, written, deleted: changes.deleted }
  }
  assert.deepEqual(
    changed((changes) => changes.insert(settingTable, { name: 'a', text: 't' })),
    { expected: [at(0)], written: [['a', 1, 't']], deleted: [] },
  )
  assert.deepEqual(
    changed((changes) => changes.update(read, { name: 'a', text: 't' })),
    { expected: [at(3)], written: [['a', 4, 't']], deleted: [] },
  )
  const deleted = [{ table: 'setting', id: 'a' }]
  assert.deepEqual(
    changed((changes) => changes.delete(read)),
    { expected: [at(3)], written: [], deleted },
  )
  assert.deepEqual(
    changed((changes) => changes.require(read)),
    { expected: [at(3)], written: [], deleted: [] },
  )
  assert.deepEqual(
    changed((changes) => changes.discard(settingTable, { name: 'a' })),
    { expected: [], written: [], deleted },
  )
})

test('a changeset is empty when it writes and deletes nothing, whatever it requires', () => {
  const required = new Changeset()
  required.require({ table: 'setting', id: 'a', version: 1 })
  assert.equal(required.isEmpty, true)
  const deleting = new Changeset()
  deleting.discard(settingTable, { name: 'a' })
  assert.equal(deleting.isEmpty, false)
  const inserting = new Changeset()
  inserting.insert(settingTable, { name: 'a', text: '' })
  assert.equal(inserting.isEmpty, false)
})

test('an update keeps sealed bytes with their generation, unless it is given others or none', async () => {
  const { records, committed } = recordsOf(settingRow('a', { sealed: SEALED.bytes, generation: SEALED.generation }))
  const read = (await records.get(settingTable, { name: 'a' })) ?? assert.fail()
  const other = { generation: 6, bytes: Uint8Array.of(3) }
  for (const sealed of [undefined, other, null]) {
    const changes = new Changeset()
    changes.update(read, read.value, sealed === undefined ? {} : { sealed })
    await records.commit(changes)
  }
  assert.deepEqual(
    committed.map(({ put }) => put.map(({ generation, sealed }) => [generation, sealed])),
    [[[SEALED.generation, SEALED.bytes]], [[other.generation, other.bytes]], [[NEWEST, null]]],
  )
})

test('a commit has all that was collected, and an acceptance of rows is one', async () => {
  const { records, committed, accepted } = recordsOf(settingRow('a'), settingRow('b'))
  const changes = new Changeset()
  changes.insert(settingTable, { name: 'new', text: 't' }, { sealed: SEALED })
  changes.delete((await records.get(settingTable, { name: 'a' })) ?? assert.fail())
  changes.require((await records.get(settingTable, { name: 'b' })) ?? assert.fail())
  const entries = [{ eventId: 'e', record: 'r' }]
  await records.commit(changes, entries)
  await records.acceptRows(changes, entries)
  for (const commit of [committed, accepted].map(([first]) => first ?? assert.fail())) {
    assert.deepEqual(
      commit.expect.map(({ id, version }) => [id, version]),
      [
        ['global/9', 1],
        ['new', 0],
        ['a', 3],
        ['b', 3],
      ],
    )
    assert.deepEqual(
      commit.put.map(({ id, generation }) => [id, generation]),
      [['new', SEALED.generation]],
    )
    assert.deepEqual(commit.delete, [{ table: 'setting', id: 'a' }])
    assert.deepEqual(commit.audit, entries)
  }
  assert.equal(new Set([...committed, ...accepted].map(({ id }) => id)).size, 2)
})

test('a list with a row that does not verify is refused as a whole, and examined with what is known of that row', async () => {
  const { records } = recordsOf(settingRow('a'), settingRow('b', { mac: new Uint8Array() }))
  await assert.rejects(records.list(settingTable, { limit: 10 }), IntegrityError)
  const examined = await records.examined.list(settingTable, { limit: 10 })
  assert.deepEqual(
    examined.map((one) => [one.id, one.isAuthentic, 'value' in one]),
    [
      ['a', true, true],
      ['b', false, false],
    ],
  )
  const [unread] = await records.unread.list(settingTable, { limit: 10 })
  assert.deepEqual([unread?.isAuthentic, unread && 'value' in unread], [false, false])
})

test('a fault that is not of the row is no reason to take it for unread', async () => {
  const store = { get: () => Promise.resolve(settingRow('a')) } as unknown as Store
  const hierarchy = { verify: () => Promise.reject(new Error('disk trouble')) } as unknown as Hierarchy
  const records = new Records({ store, hierarchy, random: systemRandom })
  await assert.rejects(records.examined.get(settingTable, { name: 'a' }), /disk trouble/)
})

const PLACES: readonly (readonly [present: number, writes: boolean])[] = [
  [0, false],
  [8, false],
  [9, true],
  [10, false],
]

for (const [present, writes] of PLACES) {
  test(`a creation that finds ${present} of 10 places taken ${writes ? 'writes' : 'does not write'} the row of the last one`, async () => {
    const changes = new Changeset()
    const places = { of: 'a-key', most: 10, last: 2, count: () => Promise.resolve(present) }
    assert.equal(await countForOneMore(places, { services: recordsOf(), changes }), present)
    assert.equal(changes.written.length, writes ? 1 : 0)
  })
}

test('the row of the last places is read before they are counted', async () => {
  const row = settingRow(lastPlaces('a-key'))
  const rows = [row]
  const { records } = recordsOf(...rows)
  const get = records.get.bind(records)
  let counted = false
  records.get = async (...args) => {
    assert.ok(!counted)
    return get(...args)
  }
  const changes = new Changeset()
  const count = (): Promise<number> => ((counted = true), Promise.resolve(9))
  await countForOneMore({ of: 'a-key', most: 10, last: 2, count }, { services: { records }, changes })
  assert.deepEqual(changes.expected, [{ table: 'setting', id: row.id, version: row.version }])
})

test('a wait begins with the clock that it is counted by, and ends with the one that it was counted by', async () => {
  const random = systemRandom
  const clock = newClock(1000, { random })
  const row = settingRow('seen-time', { body: JSON.stringify(clock) })
  const begun = new Changeset()
  await beginWait(500, 1000, { ...recordsOf(row), random }, begun)
  assert.deepEqual([begun.expected, begun.written], [[{ table: 'setting', id: 'seen-time', version: 3 }], []])

  const first = new Changeset()
  await beginWait(500, 1000, { ...recordsOf(), random }, first)
  assert.deepEqual([first.expected, first.written.length], [[{ table: 'setting', id: 'seen-time', version: 0 }], 1])
  assert.deepEqual(first.deleted, [{ table: 'setting', id: 'trusted-time' }])

  const over = new Changeset()
  WaitOver.while({ table: 'setting', id: 'seen-time', version: 3 }).requireIn(over)
  assert.deepEqual(over.expected, begun.expected)
})

test('another clock begins over one that does not verify, and nothing of that is read', async () => {
  const row = settingRow('seen-time', { body: 'damaged', mac: new Uint8Array() })
  const changes = new Changeset()
  await beginClockAgain({ ...recordsOf(row), random: systemRandom, clock: manualClock(5) }, changes)
  assert.deepEqual(changes.expected, [{ table: 'setting', id: 'seen-time', version: 3 }])
  const again = new Changeset()
  writeSeenTime(newClock(5, { random: systemRandom }), undefined, again)
  assert.equal(again.expected[0]?.version, 0)
})
