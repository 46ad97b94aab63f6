import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { inspectFile } from '../../../../src/vault/storage/sqlite/inspect-file.ts'
import { descriptorOf, PinnedDatabase } from '../../../../src/vault/storage/sqlite/pinned.ts'
import { openSqliteStore } from '../../../../src/vault/storage/sqlite/sqlite-store.ts'
import type { Store } from '../../../../src/vault/storage/store.ts'
import { ledgerKey } from '../ledger-key.ts'
import { commitOf, row } from '../rows.ts'

const BUSY = { busyTimeoutMs: 1000 }

interface Subject {
  file: string
  store: Store
  pin(): PinnedDatabase
  /** Writes the pages as a database, and returns its newest commit, after comparing it with its ledger. */
  copied(pinned: PinnedDatabase): Promise<number | undefined>
}

async function subject(t: TestContext): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-pinned-'))
  const file = join(folder, 'keyhold.db')
  const store = await openSqliteStore({ file, create: true, ledgerKey })
  t.after(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  return {
    file,
    store,
    pin: () => PinnedDatabase.open({ file, ...BUSY, descriptor: descriptorOf(file) }),
    async copied(pinned) {
      const copy = join(folder, 'copy.db')
      const parts = [...pinned.pages()].length
      assert.ok(parts > 0)
      await writeFile(copy, Buffer.concat([...pinned.pages()].map((part) => Buffer.from(part))))
      const { problems, ledger } = inspectFile({ file: copy, ...BUSY, ledgerKey })
      assert.deepEqual(problems, [])
      await rm(copy)
      return ledger?.revision
    },
  }
}

function add(store: Store, id: string, bytes = 3000): Promise<unknown> {
  return store.commit(commitOf({ put: [row({ id, body: JSON.stringify('x'.repeat(bytes)) })] }))
}

test('the pages are those of one moment, whatever is written, deleted and checkpointed after it', async (t) => {
  const { store, pin, copied, file } = await subject(t)
  for (let at = 0; at < 30; at += 1) await add(store, `old/${at}`)
  using pinned = pin()
  for (let at = 0; at < 40; at += 1) await add(store, `new/${at}`, 20_000)
  await store.commit(commitOf({ delete: [{ table: 'key', id: 'old/3' }] }))
  checkpoint(file, 'PASSIVE')
  assert.equal(await copied(pinned), 30)
  assert.equal(await store.revision(), 71)
})

test('a log that was copied and begun again is not taken for the one of that moment', async (t) => {
  const { store, pin, copied, file } = await subject(t)
  for (let at = 0; at < 30; at += 1) await add(store, `old/${at}`)
  checkpoint(file, 'TRUNCATE')
  using pinned = pin()
  for (let at = 0; at < 10; at += 1) await add(store, `new/${at}`)
  checkpoint(file, 'PASSIVE')
  assert.equal(await copied(pinned), 30)
})

test('pages that only the log has are there', async (t) => {
  const { store, pin, copied } = await subject(t)
  await add(store, 'one', 200_000)
  using pinned = pin()
  assert.equal(await copied(pinned), 1)
})

test('many moments of a database that is written all the time are each whole', async (t) => {
  const { store, pin, copied, file } = await subject(t)
  const over = new AbortController()
  const writing = (async () => {
    for (let at = 0; !over.signal.aborted; at += 1) {
      await Promise.all([0, 1, 2].map((part) => add(store, `k/${at % 50}/${at}/${part}`, 2000)))
      if (at % 7 === 0) await store.commit(commitOf({ delete: [{ table: 'key', id: `k/${at % 50}/${at}/0` }] }))
    }
  })()
  const seen: number[] = []
  for (let round = 0; round < 12; round += 1) {
    using pinned = pin()
    if (round % 3 === 0) checkpoint(file, 'PASSIVE')
    await new Promise((resolve) => setTimeout(resolve, 2))
    seen.push((await copied(pinned)) ?? -1)
  }
  over.abort()
  await writing
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.ok((seen.at(-1) ?? 0) > (seen[0] ?? 0))
})

test('the log can be emptied again afterwards, and the descriptor is opened once', async (t) => {
  const { store, pin, file } = await subject(t)
  await add(store, 'one')
  const pinned = pin()
  await add(store, 'two')
  assert.equal(checkpoint(file, 'TRUNCATE'), 1)
  pinned[Symbol.dispose]()
  assert.equal(checkpoint(file, 'TRUNCATE'), 0)
  assert.equal(descriptorOf(file), descriptorOf(file))
})

/** Returns whether a reader was in the way. */
function checkpoint(file: string, mode: string): number {
  using database = new DatabaseSync(file)
  return Number(database.prepare(`PRAGMA wal_checkpoint(${mode})`).get()?.['busy'])
}
