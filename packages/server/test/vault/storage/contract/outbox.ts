import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../../../src/vault/storage/store.ts'
import { commitOf, row } from '../rows.ts'
import { committed, onSubject, refuses } from './support.ts'
import type { OpenSubject } from './support.ts'

export function outbox(open: OpenSubject): void {
  onSubject('the outbox', open, (subject) => {
    const entries = Array.from({ length: 6 }, (_, index) => ({ eventId: `${9 - index}`, record: `{"at":${index}}` }))

    test('holds the entries of commits, oldest first, until they are relayed', async () => {
      const { store } = subject()
      await committed(store, { audit: entries.slice(0, 4) })
      await committed(store, { audit: entries.slice(4) })
      assert.deepEqual(await waiting(store), entries)
      assert.deepEqual(await waiting(store, 2), entries.slice(0, 2))
      await store.relayedAudit(['9', '7', 'unknown'])
      assert.deepEqual(await waiting(store), [entries[1], ...entries.slice(3)])
    })

    test('numbers entries from 1 without gaps, whatever was relayed, and vouches for them', async () => {
      const pending = await subject().store.pendingAudit(100)
      assert.deepEqual(
        pending.map(({ sequence, authentic }) => [sequence, authentic]),
        [2, 4, 5, 6].map((sequence) => [sequence, true]),
      )
      assert.equal((await subject().store.ledger())?.sequence, 6)
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

    test('goes on numbering after a restart and by every connection', async () => {
      const { store, another } = subject()
      await committed(store, { audit: [{ eventId: 'seventh', record: '{}' }] })
      const other = await another()
      await committed(other, { audit: [{ eventId: 'eighth', record: '{}' }] })
      const pending = await store.pendingAudit(10)
      assert.deepEqual(
        pending.map(({ eventId, sequence, authentic }) => [eventId, sequence, authentic]),
        [
          ['seventh', 7, true],
          ['eighth', 8, true],
        ],
      )
      await other.close()
      await store.relayedAudit(['seventh', 'eighth'])
    })

    test('refuses the event id of an entry that waits, and with it the whole commit', async () => {
      const { store } = subject()
      const audit = [{ eventId: 'same', record: 'first' }]
      await committed(store, { audit })
      await refuses(store.commit(commitOf({ audit, put: [row({ id: 'with-repeated-event' })] })), 'invalid')
      assert.equal(await store.get('key', 'with-repeated-event'), undefined)
      assert.deepEqual(await waiting(store), audit)
      assert.equal((await store.ledger())?.sequence, 9)
    })
  })

  onSubject('the ledger', open, (subject) => {
    test('counts transactions, commits, entries and rows', async () => {
      const { store } = subject()
      const before = await store.ledger()
      assert.deepEqual(before?.counts, {})
      await committed(store, { put: [row(), row({ table: 'alias' })], audit: [{ eventId: 'e', record: 'r' }] })
      await committed(store, { put: [row({ version: 2 })], delete: [{ table: 'alias', id: row().id }] })
      const { serial, ...after } = (await store.ledger()) ?? assert.fail('there is no ledger')
      assert.deepEqual(after, { revision: 2, sequence: 1, counts: { key: 1, outbox: 1 } })
      assert.equal(serial, before.serial + 2)
      await store.relayedAudit(['e'])
      assert.deepEqual((await store.ledger())?.counts, { key: 1 })
    })

    test('is as it was after a commit that was refused, also beside others', async () => {
      const { store } = subject()
      await committed(store, { audit: [{ eventId: 'taken', record: 'r' }] })
      const results = await Promise.allSettled([
        store.commit(commitOf({ put: [row({ id: 'first' })] })),
        store.commit(commitOf({ put: [row({ id: 'never' })], audit: [{ eventId: 'taken', record: 'r' }] })),
        store.commit(commitOf({ put: [row({ id: 'last' })], audit: [{ eventId: 'next', record: 'r' }] })),
      ])
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      const ledger = await store.ledger()
      assert.deepEqual(ledger?.counts, { key: 3, outbox: 2 })
      assert.equal(ledger.sequence, 3)
    })
  })
}

async function waiting(store: Store, limit = 100): Promise<{ eventId: string; record: string }[]> {
  return (await store.pendingAudit(limit)).map(({ eventId, record }) => ({ eventId, record }))
}
