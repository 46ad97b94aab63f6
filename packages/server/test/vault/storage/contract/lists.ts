import assert from 'node:assert/strict'
import { test } from 'node:test'
import { row } from '../rows.ts'
import { committed, idsOf, onSubject, paged } from './support.ts'
import type { OpenSubject } from './support.ts'

export function lists(open: OpenSubject): void {
  onSubject('a list', open, (subject) => {
    const ids = ['B', 'a', 'a/', 'a0', 'aa', 'z', 'é', 'ﬁ', '😀']

    test('is ordered by UTF-8 bytes and holds one owner or target of one table', async () => {
      const { store } = subject()
      const put = ids.toReversed().map((id) => row({ table: 'alias', id, owner: 'me', target: 'key' }))
      const strangers = [
        row({ table: 'key', id: 'c', owner: 'me', target: 'key' }),
        row({ table: 'alias', id: 'd', owner: 'm' }),
      ]
      await committed(store, { put: [...put, ...strangers] })
      const byOwner = await store.listByOwner('alias', 'me', { limit: 100 })
      assert.deepEqual(idsOf(byOwner), ids)
      assert.deepEqual(idsOf(await store.listByTarget('alias', 'key', { limit: 100 })), ids)
      assert.deepEqual(byOwner[0], row({ table: 'alias', id: 'B', owner: 'me', target: 'key' }))
    })

    test('of a whole table has every owner’s rows, and no other table’s', async () => {
      const { store } = subject()
      assert.deepEqual(idsOf(await store.list('alias', { limit: 100 })), [...ids, 'd'].toSorted(byBytes))
      assert.deepEqual(idsOf(await store.list('key', { limit: 100 })), ['c'])
      assert.deepEqual(await store.list('grant', { limit: 100 }), [])
    })

    test('is counted, no further than asked', async () => {
      const { store } = subject()
      assert.equal(await store.countByOwner('alias', 'me', 100), ids.length)
      assert.equal(await store.countByOwner('alias', 'me', 3), 3)
      assert.equal(await store.countByOwner('key', 'me', 100), 1)
      assert.equal(await store.countByOwner('key', 'absent', 100), 0)
    })

    test('pages without loss or repetition, wherever a page ends', async () => {
      const { store } = subject()
      for (let limit = 1; limit <= ids.length + 1; limit++) {
        assert.deepEqual(await paged((page) => store.listByOwner('alias', 'me', page), limit), ids)
        assert.deepEqual(await paged((page) => store.listByTarget('alias', 'key', page), limit), ids)
        const all = await paged((page) => store.list('alias', page), limit)
        assert.deepEqual(all, [...ids, 'd'].toSorted(byBytes))
      }
    })

    test('continues after an id that does not exist (any more)', async () => {
      const { store } = subject()
      await committed(store, { delete: [{ table: 'alias', id: 'a0' }] })
      assert.deepEqual(idsOf(await store.listByOwner('alias', 'me', { after: 'a0', limit: 2 })), ['aa', 'z'])
      assert.deepEqual(idsOf(await store.listByOwner('alias', 'me', { after: '😀', limit: 2 })), [])
    })

    test('of an unknown owner or target is empty, and no target is not a target', async () => {
      const { store } = subject()
      assert.deepEqual(await store.listByOwner('alias', 'absent', { limit: 1 }), [])
      assert.deepEqual(await store.listByTarget('alias', 'nothing', { limit: 1 }), [])
      assert.deepEqual(await store.listByTarget('alias', '', { limit: 10 }), [])
    })

    test('of due rows holds those at or before the moment, earliest first', async () => {
      const { store } = subject()
      const due = { d: 40, c: 30, b: 20, a: 20, e: null }
      const put = Object.entries(due).map(([id, dueMs]) => row({ table: 'setting', id, dueMs }))
      await committed(store, { put: [...put, row({ table: 'account', id: 'other-table', dueMs: 1 })] })
      assert.deepEqual(idsOf(await store.listDue('setting', 30, 10)), ['a', 'b', 'c'])
      assert.deepEqual(idsOf(await store.listDue('setting', 29, 10)), ['a', 'b'])
      assert.deepEqual(idsOf(await store.listDue('setting', 1000, 1)), ['a'])
    })

    test('follows a row that is due at another time, or never', async () => {
      const { store } = subject()
      const moved = [
        row({ table: 'setting', id: 'a', version: 2, dueMs: 50 }),
        row({ table: 'setting', id: 'b', version: 2 }),
      ]
      await committed(store, { put: moved })
      assert.deepEqual(idsOf(await store.listDue('setting', 1000, 10)), ['c', 'd', 'a'])
    })

    test('of due rows goes on after a row, also after one that is due at the same time or is gone', async () => {
      const { store } = subject()
      const ids = ['p', 'q', 'r']
      await committed(store, { put: ids.map((id) => row({ table: 'audit_head', id, dueMs: 20 })) })
      await committed(store, { put: [row({ table: 'audit_head', id: 'a', dueMs: 21 })] })
      assert.deepEqual(idsOf(await store.listDue('audit_head', 21, 10, { dueMs: 20, id: 'p' })), ['q', 'r', 'a'])
      await committed(store, { delete: [{ table: 'audit_head', id: 'q' }] })
      assert.deepEqual(idsOf(await store.listDue('audit_head', 21, 1, { dueMs: 20, id: 'q' })), ['r'])
      assert.deepEqual(idsOf(await store.listDue('audit_head', 21, 10, { dueMs: 20, id: 'r' })), ['a'])
      assert.deepEqual(idsOf(await store.listDue('audit_head', 20, 10, { dueMs: 20, id: 'r' })), [])
    })
  })
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
