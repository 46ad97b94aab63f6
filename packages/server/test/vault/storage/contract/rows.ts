import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TABLES } from '../../../../src/vault/storage/table-name.ts'
import { commitOf, row } from '../rows.ts'
import { bytes, committed, onSubject } from './support.ts'
import type { OpenSubject } from './support.ts'

export function rows(open: OpenSubject): void {
  onSubject('a row', open, (subject) => {
    test('comes back as it was put, in every table', async () => {
      const { store } = subject()
      for (const table of TABLES) {
        const put = row({ table, id: `${table}/é/😀`, target: 't', dueMs: 1_785_542_400_000, generation: 7 })
        const full = { ...put, body: '{"quote":"\\"","text":"ß\\n"}', sealed: Uint8Array.of(0, 255, 0), mac: bytes(32) }
        await committed(store, { put: [full] })
        assert.deepEqual(await store.get(table, full.id), full)
      }
    })

    test('that is not there is undefined', async () => {
      assert.equal(await subject().store.get('key', 'absent'), undefined)
    })

    test('with the same id in another table is another row', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ table: 'policy', id: 'twin', body: 'policy' })] })
      await committed(store, { put: [row({ table: 'alias', id: 'twin', body: 'alias' })] })
      await committed(store, { delete: [{ table: 'alias', id: 'twin' }] })
      assert.equal((await store.get('policy', 'twin'))?.body, 'policy')
      assert.equal(await store.get('alias', 'twin'), undefined)
    })

    test('distinguishes no sealed bytes from zero sealed bytes, and due at 0 from never due', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'none' }), row({ id: 'zero', sealed: new Uint8Array(), dueMs: 0 })] })
      assert.equal((await store.get('key', 'none'))?.sealed, null)
      assert.equal((await store.get('key', 'none'))?.dueMs, null)
      assert.equal((await store.get('key', 'zero'))?.sealed?.byteLength, 0)
      assert.equal((await store.get('key', 'zero'))?.dueMs, 0)
    })

    test('is replaced in every column', async () => {
      const { store } = subject()
      const first = row({ id: 'replaced', dueMs: 1, sealed: bytes(4), target: 'a' })
      const second = row({
        id: 'replaced',
        version: 2,
        owner: 'o',
        target: 'b',
        generation: 2,
        body: '2',
        mac: bytes(8),
      })
      await committed(store, { put: [first] })
      await committed(store, { put: [second] })
      assert.deepEqual(await store.get('key', 'replaced'), second)
    })

    test('is gone after its deletion and may begin again at version 1', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'phoenix' })] })
      await committed(store, { delete: [{ table: 'key', id: 'phoenix' }] })
      assert.equal(await store.get('key', 'phoenix'), undefined)
      await committed(store, { put: [row({ id: 'phoenix', body: 'again' })] })
      assert.equal((await store.get('key', 'phoenix'))?.body, 'again')
    })

    test('is what it was at the call of commit, even if the caller changes the buffers afterwards', async () => {
      const { store } = subject()
      const sealed = Uint8Array.of(9, 9, 9)
      const result = store.commit(commitOf({ put: [row({ id: 'buffer', sealed })] }))
      sealed.fill(0)
      await result
      assert.deepEqual((await store.get('key', 'buffer'))?.sealed, Uint8Array.of(9, 9, 9))
    })

    test('survives a restart', async () => {
      await committed(subject().store, { put: [row({ id: 'durable', sealed: bytes(100) })] })
      const reopened = await subject().reopen()
      assert.deepEqual(await reopened.get('key', 'durable'), row({ id: 'durable', sealed: bytes(100) }))
    })
  })
}
