/**
 * The contract of Store, sentence by sentence, for every implementation: a test file calls {@link storeContract}
 * with a function that opens an empty store.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { StorageError } from '../../src/storage/storage-error.ts'
import type { StorageErrorCode } from '../../src/storage/storage-error.ts'
import { TABLES } from '../../src/storage/store.ts'
import type { CommitResult, Store } from '../../src/storage/store.ts'
import { commitOf, row } from './rows.ts'

/** A new, empty store. */
export interface Subject {
  store: Store
  /** A second connection to the same data, as another process has it. The caller closes it. */
  another(): Promise<Store>
  /** Closes `store` and opens the same data again, as after a restart. */
  reopen(): Promise<Store>
  /** Closes and removes everything. */
  cleanup(): Promise<void>
}

/** Keeps the changes of `keptCommits` commits where given. */
export type OpenSubject = (options?: { keptCommits?: number }) => Promise<Subject>

export function storeContract(name: string, open: OpenSubject): void {
  describe(`${name} keeps the contract of Store`, () => {
    rows(open)
    conditions(open)
    lists(open)
    revisions(open)
    outbox(open)
    malformed(open)
    closing(open)
  })
}

function rows(open: OpenSubject): void {
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
      assert.equal(await subject().store.get('key', 'nobody'), undefined)
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

    test('is what it was at the call of commit, whatever the caller does with his buffers afterwards', async () => {
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

function conditions(open: OpenSubject): void {
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

function lists(open: OpenSubject): void {
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

    test('pages without loss or repetition, wherever a page ends', async () => {
      const { store } = subject()
      for (let limit = 1; limit <= ids.length + 1; limit++) {
        assert.deepEqual(await paged((page) => store.listByOwner('alias', 'me', page), limit), ids)
        assert.deepEqual(await paged((page) => store.listByTarget('alias', 'key', page), limit), ids)
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
      assert.deepEqual(await store.listByOwner('alias', 'nobody', { limit: 1 }), [])
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
  })
}

function revisions(open: OpenSubject): void {
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
    const subject = await open({ keptCommits: 5 })
    const revisions: number[] = []
    for (let index = 0; index < 20; index++) {
      revisions.push(await committed(subject.store, { put: [row({ id: `kept-${index}` })] }))
    }
    const newest = revisions.at(-1) ?? 0
    assert.equal(await subject.store.changesSince(0), undefined)
    assert.equal(await subject.store.changesSince(newest - 6), undefined)
    assert.equal((await subject.store.changesSince(newest - 5))?.length, 5)
    await subject.cleanup()
  })
}

function outbox(open: OpenSubject): void {
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

function malformed(open: OpenSubject): void {
  onSubject('what no database stores alike', open, (subject) => {
    const put = (values: Parameters<typeof row>[0]) => ({ put: [row(values)] })
    const twice = { put: [row({ id: 'twice' }), row({ id: 'twice' })] }
    const both = { put: [row({ id: 'both' })], delete: [{ table: 'key', id: 'both' }] } as const
    const cases: Record<string, Parameters<typeof commitOf>[0]> = {
      'a lone surrogate in an id': put({ id: 'a\ud800' }),
      'a NUL in a body': put({ body: 'a\0b' }),
      'an empty id': put({ id: '' }),
      'version 0': put({ version: 0 }),
      'half a millisecond': put({ dueMs: 0.5 }),
      'a due time that is not a number': put({ dueMs: NaN }),
      'a negative generation': put({ generation: -1 }),
      'one row put twice': twice,
      'one row put and deleted': both,
      'an empty commit id': { id: '' },
      'an expected version that is no version': { expect: [{ table: 'key', id: 'x', version: -1 }] },
      'more rows than one commit may touch': {
        delete: Array.from({ length: 10_001 }, (_, n) => ({ table: 'key', id: `${n}` })),
      },
    }
    for (const [name, values] of Object.entries(cases)) {
      test(`is refused: ${name}`, async () => {
        const { store } = subject()
        await refuses(store.commit(commitOf(values)), 'invalid')
        assert.equal(await store.revision(), 0)
      })
    }

    test('is not found under the characters that would replace it', async () => {
      const { store } = subject()
      await committed(store, { put: [row({ id: 'a\ufffd', owner: '\ufffd', target: '\ufffd' })] })
      assert.equal(await store.get('key', 'a\ud800'), undefined)
      assert.deepEqual(await store.listByOwner('key', '\ud800', { limit: 1 }), [])
      assert.deepEqual(await store.listByTarget('key', '\ud800', { limit: 1 }), [])
    })

    test('is refused: a page without a positive whole limit', async () => {
      for (const limit of [0, -1, 1.5, NaN]) {
        await refuses(subject().store.listByOwner('key', 'x', { limit }), 'invalid')
        await refuses(subject().store.listDue('key', 1, limit), 'invalid')
        await refuses(subject().store.pendingAudit(limit), 'invalid')
      }
    })
  })
}

function closing(open: OpenSubject): void {
  test('close waits for commits under way, and calls after it reject', async () => {
    const subject = await open()
    const { store } = subject
    const pending = Array.from({ length: 30 }, (_, index) => committed(store, { put: [row({ id: `p${index}` })] }))
    await store.close()
    await store.close()
    assert.equal((await Promise.all(pending)).length, 30)
    await refuses(store.get('key', 'p0'), 'closed')
    await refuses(store.listByOwner('key', 'x', { limit: 1 }), 'closed')
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
    const reopened = await subject.reopen()
    for (let index = 0; index < 30; index++) assert.ok(await reopened.get('key', `p${index}`))
    await subject.cleanup()
  })
}

/** Tests that share one store, which starts empty. */
function onSubject(name: string, open: OpenSubject, define: (subject: () => Subject) => void): void {
  describe(name, () => {
    let subject: Subject | undefined
    before(async () => {
      subject = await open()
    })
    after(() => subject?.cleanup())
    define(() => subject ?? assert.fail('the store is not open'))
  })
}

async function committed(store: Store, values: Parameters<typeof commitOf>[0]): Promise<number> {
  const result: CommitResult = await store.commit(commitOf(values))
  assert.ok(result.committed, `conflict: ${JSON.stringify(result)}`)
  return result.revision
}

async function conflictOf(store: Store, values: Parameters<typeof commitOf>[0]) {
  const result = await store.commit(commitOf(values))
  assert.ok(!result.committed, 'no conflict')
  return result.conflict
}

async function refuses(promise: Promise<unknown>, code: StorageErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof StorageError && error.code === code)
}

async function paged(
  list: (page: { after?: string; limit: number }) => ReturnType<Store['listByOwner']>,
  limit: number,
) {
  const ids: string[] = []
  for (let page = await list({ limit }); page.length > 0; page = await list({ after: ids.at(-1) ?? '', limit })) {
    assert.ok(page.length <= limit)
    ids.push(...idsOf(page))
  }
  return ids
}

function idsOf(found: readonly { id: string }[]): string[] {
  return found.map(({ id }) => id)
}

function bytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index)
}
