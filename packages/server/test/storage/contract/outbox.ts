import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitOf, row } from '../rows.ts'
import { committed, onSubject, refuses } from './support.ts'
import type { OpenSubject } from './support.ts'

export function outbox(open: OpenSubject): void {
  onSubject('the outbox', open, (subject) => {
    test('holds the entries of commits, oldest first, until they are relayed', async () => {
      const { store } = subject()
      const entries = Array.from({ length: 6 }, (_, index) => ({ eventId: `${9 - index}`, record: `{"at":${index}}` }))
      await committed(store, { audit: entries.slice(0, 4) })
      await committed(store, { audit: entries.slice(4) })
      assert.deepEqual(await store.pendingAudit(100), entries)
      assert.deepEqual(await store.pendingAudit(2), entries.slice(0, 2))
      await store.relayedAudit(['9', '7', 'unknown'])
      assert.deepEqual(await store.pendingAudit(100), [entries[1], ...entries.slice(3)])
    })

    test('survives a restart and needs no revision to forget', async () => {
      const revision = await subject().store.revision()
      const reopened = await subject().reopen()
      assert.equal((await reopened.pendingAudit(100)).length, 4)
      await reopened.relayedAudit((await reopened.pendingAudit(100)).map(({ eventId }) => eventId))
      await reopened.relayedAudit([])
      assert.deepEqual(await reopened.pendingAudit(100), [])
      assert.equal(await reopened.revision(), revision)
    })

    test('refuses the event id of an entry that waits, and with it the whole commit', async () => {
      const { store } = subject()
      const audit = [{ eventId: 'same', record: 'first' }]
      await committed(store, { audit })
      await refuses(store.commit(commitOf({ audit, put: [row({ id: 'with-repeated-event' })] })), 'invalid')
      assert.equal(await store.get('key', 'with-repeated-event'), undefined)
      assert.deepEqual(await store.pendingAudit(10), audit)
    })
  })
}
