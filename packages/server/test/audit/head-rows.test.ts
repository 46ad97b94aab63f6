import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeadRows, type StreamHead } from '../../src/audit/head-rows.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import type { Commit } from '../../src/vault/storage/store.ts'
import { recordsIn } from './support/audit-bench.ts'
import { MemoryStore } from './support/memory-store.ts'

const OPEN: StreamHead = { segment: 1, bytes: 9, size: 3, root: sha256(''), kind: 'requests', ended: false }
const ENDED: StreamHead = { ...OPEN, size: 4, ended: true }

function heads(store = new MemoryStore()) {
  const rows = new HeadRows(recordsIn(store))
  const put = (stream: string, version: number, head: StreamHead) => rows.put(stream, version, head)
  const edit = (id: string, from: string, to: string): void => {
    const row = store.rows.get(`audit_head ${id}`) ?? assert.fail(`no row ${id}`)
    assert.ok(row.body.includes(from))
    store.rows.set(`audit_head ${id}`, { ...row, body: row.body.replace(from, to) })
  }
  return { store, rows, put, edit }
}

test('the index counts streams as they begin, and says which are open, where they ended, and none with a successor', async () => {
  const { rows, put } = heads()
  await put('a', 0, OPEN)
  await put('a', 1, { ...OPEN, size: 4 })
  await put('b', 0, OPEN)
  await put('c', 0, ENDED)
  assert.deepEqual((await rows.index())?.index, { made: 0, streams: 3, tips: { a: null, b: null, c: 4 } })
  await put('a', 2, { ...ENDED, size: 7 })
  await put('b', 1, { ...ENDED, successor: 'c' })
  assert.deepEqual((await rows.index())?.index, { made: 0, streams: 3, tips: { a: 7, c: 4 } })
  assert.equal(await rows.count(), 3)
  const { index, ...snapshot } = await rows.snapshot()
  assert.deepEqual([snapshot.settled, [...snapshot.rows.keys()], index?.version], [true, ['a', 'b', 'c'], 5])
})

test('a row is written if it still has its version, and not otherwise', async () => {
  const { rows, put } = heads()
  assert.equal(await put('a', 0, OPEN), true)
  assert.equal(await put('a', 0, ENDED), false)
  assert.equal(await put('a', 2, ENDED), false)
  assert.equal((await rows.get('a'))?.head?.ended, false)
  assert.equal(await put('a', 1, ENDED), true)
  assert.equal((await rows.get('a'))?.version, 2)
})

test('a row or an index that was edited is rejected and not overwritten', async () => {
  const { rows, put, edit } = heads()
  await put('a', 0, OPEN)
  edit('a', '"size":3', '"size":2')
  assert.deepEqual(await rows.get('a'), { stream: 'a', version: 1 })
  edit('streams', '"streams":1', '"streams":9')
  assert.deepEqual(await rows.index(), { version: 1 })
  assert.equal(await rows.count(), undefined)
  await put('b', 0, OPEN)
  assert.deepEqual(await rows.index(), { version: 1 }, 'it is evidence')
  assert.ok((await rows.get('b'))?.head)
})

/** A store in which another process begins a stream just before each of the next commits. */
class BusyStore extends MemoryStore {
  others = 0

  override async commit(commit: Commit): ReturnType<MemoryStore['commit']> {
    if (this.others > 0) {
      this.others -= 1
      await new HeadRows(recordsIn(this.quiet())).put(`other-${this.others}`, 0, OPEN)
    }
    return super.commit(commit)
  }

  quiet(): MemoryStore {
    const quiet = new MemoryStore()
    return Object.assign(quiet, { rows: this.rows, outbox: this.outbox })
  }
}

test('other processes that begin streams at the same time are counted too', async () => {
  const store = new BusyStore()
  const { rows, put } = heads(store)
  store.others = 3
  assert.equal(await put('a', 0, OPEN), true)
  assert.deepEqual((await rows.index())?.index, {
    made: 0,
    streams: 4,
    tips: { a: null, 'other-0': null, 'other-1': null, 'other-2': null },
  })
})

test('rows and index are of one moment, or the index is left out', async () => {
  const { store, rows, put } = heads()
  await put('a', 0, OPEN)
  const list = store.listByOwner.bind(store)
  let changes = 1
  store.listByOwner = async (...parameters) => {
    const found = await list(...parameters)
    if (changes > 0) await put(`later-${changes--}`, 0, OPEN)
    return found
  }
  const once = await rows.snapshot()
  assert.deepEqual([once.settled, [...once.rows.keys()], once.index?.version], [true, ['a', 'later-1'], 2])
  changes = 1000
  const never = await rows.snapshot()
  assert.deepEqual([never.settled, never.index], [false, undefined])
})
