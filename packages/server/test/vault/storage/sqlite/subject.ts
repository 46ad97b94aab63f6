import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStoreWith } from '../../../../src/vault/storage/sqlite/sqlite-store.ts'
import type { SqliteInternals } from '../../../../src/vault/storage/sqlite/sqlite-store.ts'
import type { Store } from '../../../../src/vault/storage/store.ts'
import type { Subject } from '../contract/support.ts'
import { ledgerKey } from '../ledger-key.ts'

/** A folder that the test removes. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'keyhold-storage-'))
  return { path, remove: () => rm(path, { recursive: true }) }
}

/** An empty SQLite store in a folder of its own. */
export async function sqliteSubject(internals: Partial<SqliteInternals> = {}): Promise<Subject & { file: string }> {
  const folder = await temporaryFolder()
  const file = join(folder.path, 'data', 'keyhold.db')
  const opened: Store[] = []
  const another = async (): Promise<Store> => {
    const store = await openSqliteStoreWith({ file, create: true, ledgerKey }, internals)
    opened.push(store)
    return store
  }
  const subject = {
    file,
    store: await another(),
    another,
    async reopen() {
      await subject.store.close()
      subject.store = await another()
      return subject.store
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((store) => store.close()))
      await folder.remove()
    },
  }
  return subject
}
