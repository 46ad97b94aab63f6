import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitOf, row } from '../rows.ts'
import { committed, conflictOf, onSubject } from './support.ts'
import type { OpenSubject } from './support.ts'

export function conditions(open: OpenSubject): void {
  onSubject('a commit', open, (subject) => {
    test('writes when each expected version holds, also that of a row it leaves alone', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'guard' })] })
      const expect = [
        { table: 'key', id: 'guard', version: 1 },
        { table: 'key', id: 'absent', version: 0 },
      ] as const
      await committed(store, { expect, put: [row({ id: 'guarded' })] })
      assert.ok(await store.get('key', 'guarded'))
    })

    test('names the first expectation that does not hold', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'at-one' })] })
      const holds = { table: 'key', id: 'at-one', version: 1 } as const
      const stale = { table: 'key', id: 'at-one', version: 2 } as const
      const missing = { table: 'key', id: 'missing', version: 1 } as const
      const result = await store.commit(commitOf({ expect: [holds, missing, stale] }))
      assert.deepEqual(result, { committed: false, conflict: missing })
      const exists = { table: 'key', id: 'at-one', version: 0 } as const
      assert.deepEqual(await conflictOf(store, { expect: [exists] }), exists)
    })

    test('writes nothing at all after a conflict: no row, no deletion, no audit entry, no revision', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'stays' })] })
      const revision = await store.revision()
      await conflictOf(store, {
        expect: [{ table: 'key', id: 'stays', version: 5 }],
        put: [row({ id: 'never' })],
        delete: [{ table: 'key', id: 'stays' }],
        audit: [{ eventId: 'never', record: 'never' }],
      })
      assert.equal(await store.get('key', 'never'), undefined)
      assert.ok(await store.get('key', 'stays'))
      assert.deepEqual(await store.pendingAudit(10), [])
      assert.equal(await store.revision(), revision)
    })

    test('replaces only the version before its own, so that versions grow by 1', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'steps' })] })
      for (const version of [1, 3]) {
        const conflict = await conflictOf(store, { put: [row({ id: 'steps', version })] })
        assert.deepEqual(conflict, { table: 'key', id: 'steps', version: version - 1 })
      }
      await committed(store, { put: [row({ id: 'steps', version: 2 })] })
      await conflictOf(store, { put: [row({ id: 'begins-at-two', version: 2 })] })
    })

    test('lets exactly one of many writers of the same version win, on two connections', async () => {
      const { store, another } = subject()
      const other = await another()
      const attempts = Array.from({ length: 40 }, (_, index) =>
        (index % 2 ? store : other).commit(commitOf({ put: [row({ id: 'contended', body: String(index) })] })),
      )
      const results = await Promise.all(attempts)
      await other.close()
      const winners = results.flatMap((result, index) => (result.committed ? [String(index)] : []))
      assert.equal(winners.length, 1)
      assert.equal((await store.get('key', 'contended'))?.body, winners[0])
    })

    test('with an id that is stored answers with its first result and changes nothing', async () => {
      const { store } = subject()
      const commit = commitOf({ put: [row({ id: 'once' })], audit: [{ eventId: 'once', record: 'r' }] })
      const first = await store.commit(commit)
      await committed(store, { put: [row({ id: 'once', version: 2 })] })
      const revision = await store.revision()
      assert.deepEqual(await store.commit(commit), first)
      const reopened = await subject().reopen()
      assert.deepEqual(await reopened.commit({ ...commit, put: [row({ id: 'other' })] }), first)
      assert.equal(await reopened.get('key', 'other'), undefined)
      assert.equal((await reopened.get('key', 'once'))?.version, 2)
      assert.equal(await reopened.revision(), revision)
      assert.equal((await reopened.pendingAudit(10)).length, 1)
      await reopened.relayedAudit(['once'])
    })

    test('sent twice at the same time is applied once', async () => {
      const { store } = subject()
      const commit = commitOf({ put: [row({ id: 'double' })] })
      const [first, second] = await Promise.all([store.commit(commit), store.commit(commit)])
      assert.equal(first.committed, true)
      assert.deepEqual(second, first)
    })

    test('that met a conflict may be sent again with its id once the expectation holds', async () => {
      const { store } = subject()
      const commit = commitOf({ put: [row({ id: 'late', version: 2 })] })
      assert.equal((await store.commit(commit)).committed, false)
      await committed(store, { put: [row({ id: 'late' })] })
      assert.equal((await store.commit(commit)).committed, true)
    })

    test('may delete what is not there, which changes nothing', async () => {
      const { store } = subject()
      const revision = await committed(store, { delete: [{ table: 'key', id: 'ghost' }] })
      assert.deepEqual(await store.changesSince(revision - 1), [])
    })
  })
}
