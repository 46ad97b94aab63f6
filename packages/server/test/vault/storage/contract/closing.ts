import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitOf, row } from '../rows.ts'
import { committed, refuses } from './support.ts'
import type { OpenSubject } from './support.ts'

export function closing(open: OpenSubject): void {
  test('close waits for commits under way, and calls after it reject', async () => {
    await using subject = await open()
    const { store } = subject
    const pending = Array.from({ length: 30 }, (_, index) => committed(store, { put: [row({ id: `p${index}` })] }))
    await store.close()
    await store.close()
    assert.equal((await Promise.all(pending)).length, 30)
    await refuses(store.get('key', 'p0'), 'closed')
    await refuses(store.listByOwner('key', 'x', { limit: 1 }), 'closed')
    await refuses(store.list('key', { limit: 1 }), 'closed')
    await refuses(store.listByTarget('key', 'x', { limit: 1 }), 'closed')
    await refuses(store.listDue('key', 1, 1), 'closed')
    await refuses(store.commit(commitOf()), 'closed')
    await refuses(
      Promise.resolve().then(() => store.revision()),
      'closed',
    )
    await refuses(store.changesSince(0), 'closed')
    await refuses(store.pendingAudit(1), 'closed')
    await refuses(store.relayedAudit(['x']), 'closed')
    await refuses(store.ledger(), 'closed')
    await refuses(store.beginLedger(commitOf()), 'closed')
    const reopened = await subject.reopen()
    for (let index = 0; index < 30; index++) assert.ok(await reopened.get('key', `p${index}`))
  })
}
