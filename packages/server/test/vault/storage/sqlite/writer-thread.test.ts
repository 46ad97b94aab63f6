import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '../../../../src/vault/storage/storage-error.ts'
import type { Store } from '../../../../src/vault/storage/store.ts'
import { commitOf, row } from '../rows.ts'
import { sqliteSubject } from './subject.ts'

describe('a full disk', () => {
  test('rejects what does not fit, whole, and takes commits again once there is space', async () => {
    await using subject = await sqliteSubject({ pragmas: ['max_page_count = 64'] })
    const stored = await fill(subject.store)
    const revision = await subject.store.revision()
    assert.equal(revision, stored)
    assert.equal((await subject.store.listByOwner('key', row().owner, { limit: 100 })).length, stored)
    assert.equal((await subject.store.pendingAudit(100)).length, stored)
    await subject.store.commit(
      commitOf({
        delete: [
          { table: 'key', id: 'fill-0' },
          { table: 'key', id: 'fill-1' },
        ],
      }),
    )
    assert.equal((await subject.store.commit(filling('later'))).committed, true)
  })

  test('rejects the one commit of a batch that does not fit, not those beside it', async () => {
    await using subject = await sqliteSubject({ pragmas: ['max_page_count = 64'] })
    const results = await Promise.allSettled([
      subject.store.commit(commitOf({ put: [row({ id: 'small' })] })),
      subject.store.commit(commitOf({ put: [row({ id: 'huge', sealed: new Uint8Array(1_000_000) })] })),
      subject.store.commit(commitOf({ put: [row({ id: 'also-small' })] })),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.ok(await subject.store.get('key', 'also-small'))
    assert.equal(await subject.store.get('key', 'huge'), undefined)
    assert.equal(await subject.store.revision(), 2)
  })
})

test('a write lock that another process holds too long rejects as busy, and blocks neither reads nor the loop', async () => {
  await using subject = await sqliteSubject({ busyTimeoutMs: 200 })
  using other = new DatabaseSync(subject.file)
  other.exec('BEGIN IMMEDIATE')
  let turns = 0
  const loop = setInterval(() => turns++, 5)
  const refused = assert.rejects(subject.store.commit(commitOf({ put: [row()] })), isCode('busy'))
  await refused.finally(() => clearInterval(loop))
  assert.ok(turns > 10, `the event loop turned only ${turns} times`)
  other.exec('ROLLBACK')
  assert.equal((await subject.store.commit(commitOf({ put: [row()] }))).committed, true)
})

test('more commits than may wait are refused at once, and the others are written', async () => {
  await using subject = await sqliteSubject()
  const results = await Promise.allSettled(
    Array.from({ length: 10_010 }, (_, index) => subject.store.commit(commitOf({ put: [row({ id: `${index}` })] }))),
  )
  const refused = results.filter((result) => result.status === 'rejected')
  assert.equal(refused.length, 10)
  assert.ok(refused.every(({ reason }) => isCode('busy')(reason)))
  assert.equal(await subject.store.revision(), 10_000)
})

const BROKEN_WRITERS = {
  throws: new URL('./children/throwing-writer.ts', import.meta.url),
  exits: new URL('./children/exiting-writer.ts', import.meta.url),
}
for (const [how, writer] of Object.entries(BROKEN_WRITERS)) {
  test(`a writer thread that ${how} rejects what is pending and all that follows`, async () => {
    await using good = await sqliteSubject()
    await good.store.close()
    await using subject = await sqliteSubject({ writer })
    const pending = [subject.store.commit(commitOf()), subject.store.commit(commitOf())]
    for (const promise of pending) await assert.rejects(promise, isCode('failed'))
    await sleep(10)
    await assert.rejects(subject.store.commit(commitOf()), isCode('failed'))
    await assert.rejects(subject.store.get('key', 'x'), isCode('failed'))
    assert.throws(() => subject.store.revision(), isCode('failed'))
  })
}

/** Commits until the disk is full; how many fitted. */
async function fill(store: Store): Promise<number> {
  for (let index = 0; ; index++) {
    try {
      await store.commit(filling(`fill-${index}`))
    } catch (error) {
      assert.ok(isCode('full')(error), String(error))
      assert.ok(index > 2)
      return index
    }
  }
}

function filling(id: string) {
  return commitOf({
    put: [row({ id, sealed: new Uint8Array(9000) })],
    audit: [{ eventId: id, record: 'r'.repeat(500) }],
  })
}

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StorageError && error.code === code
}
