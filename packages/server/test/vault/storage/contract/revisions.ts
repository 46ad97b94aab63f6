import assert from 'node:assert/strict'
import { test } from 'node:test'
import { row } from '../rows.ts'
import { committed, onSubject } from './support.ts'
import type { OpenSubject } from './support.ts'

export function revisions(open: OpenSubject): void {
  onSubject('the revision', open, (subject) => {
    test('is that of the newest commit and grows with each', async () => {
      const { store } = subject()
      const start = await store.revision()
      const first = await committed(store, { put: [row({ id: 'r1' })] })
      assert.ok(first > start)
      assert.equal(await store.revision(), first)
      const second = await committed(store, { audit: [{ eventId: 'e', record: 'r' }] })
      assert.ok(second > first)
      assert.equal(await store.revision(), second)
    })

    test('and its rows are seen by every connection as soon as the commit is acknowledged', async () => {
      const { store, another } = subject()
      const other = await another()
      for (let index = 0; index < 20; index++) {
        const [writer, reader] = index % 2 ? [store, other] : [other, store]
        const revision = await committed(writer, { put: [row({ id: `seen-${index}` })] })
        assert.equal(await reader.revision(), revision)
        assert.ok(await reader.get('key', `seen-${index}`))
      }
      await other.close()
    })

    test('survives a restart', async () => {
      const revision = await subject().store.revision()
      assert.equal(await (await subject().reopen()).revision(), revision)
    })

    test('is different for each of many concurrent commits', async () => {
      const { store } = subject()
      const puts = Array.from({ length: 50 }, (_, index) => committed(store, { put: [row({ id: `many-${index}` })] }))
      const revisions = await Promise.all(puts)
      assert.equal(new Set(revisions).size, 50)
      assert.equal(await store.revision(), Math.max(...revisions))
    })
  })

  onSubject('changes', open, (subject) => {
    test('since a revision are the rows that were put or deleted, oldest commit first', async () => {
      const { store } = subject()
      const first = await committed(store, { put: [row({ id: 'x' }), row({ table: 'alias', id: 'y' })] })
      const second = await committed(store, { delete: [{ table: 'key', id: 'x' }] })
      const changes = await store.changesSince(0)
      assert.deepEqual(
        new Set(changes?.slice(0, 2)),
        new Set([
          { revision: first, table: 'key', id: 'x' },
          { revision: first, table: 'alias', id: 'y' },
        ]),
      )
      assert.deepEqual(changes?.slice(2), [{ revision: second, table: 'key', id: 'x' }])
      assert.deepEqual(await store.changesSince(first), changes?.slice(2))
      assert.deepEqual(await store.changesSince(second), [])
    })

    test('are unknown for a revision ahead of the newest', async () => {
      const { store } = subject()
      assert.equal(await store.changesSince((await store.revision()) + 1), undefined)
    })
  })

  test('changes are unknown for a revision older than those that are kept', async () => {
    await using subject = await open({ keptCommits: 5 })
    const revisions: number[] = []
    for (let index = 0; index < 20; index++) {
      revisions.push(await committed(subject.store, { put: [row({ id: `kept-${index}` })] }))
    }
    const newest = revisions.at(-1) ?? 0
    assert.equal(await subject.store.changesSince(0), undefined)
    assert.equal(await subject.store.changesSince(newest - 6), undefined)
    assert.equal((await subject.store.changesSince(newest - 5))?.length, 5)
  })
}
