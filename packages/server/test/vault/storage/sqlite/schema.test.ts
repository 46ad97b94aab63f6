import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkLibrary } from '../../../../src/vault/storage/sqlite/connection.ts'
import { migrate, SCHEMA_VERSION } from '../../../../src/vault/storage/sqlite/schema.ts'
import { openSqliteStore } from '../../../../src/vault/storage/sqlite/sqlite-store.ts'
import { StorageError } from '../../../../src/vault/storage/storage-error.ts'
import type { StorageErrorCode } from '../../../../src/vault/storage/storage-error.ts'
import { commitOf, row } from '../rows.ts'
import { temporaryFolder } from './subject.ts'
import { ledgerKey } from '../ledger-key.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let file: string
beforeEach(async () => {
  folder = await temporaryFolder()
  file = join(folder.path, 'new', 'deep', 'keyhold.db')
})
afterEach(() => folder.remove())

describe('opening', () => {
  test('creates the file and its log for the owner only, in folders that only the owner can enter', async () => {
    const store = await openSqliteStore({ file, create: true, ledgerKey })
    await store.commit(commitOf({ put: [row()] }))
    for (const [path, mode] of [
      [file, 0o600],
      [`${file}-wal`, 0o600],
      [`${file}-shm`, 0o600],
    ] as const) {
      assert.equal((await stat(path)).mode & 0o777, mode, path)
    }
    assert.equal((await stat(join(folder.path, 'new', 'deep'))).mode & 0o777, 0o700)
    assert.equal((await stat(join(folder.path, 'new'))).mode & 0o777, 0o700)
    await store.close()
  })

  test('of one new file many times at once succeeds each time', async () => {
    const stores = await Promise.all(
      Array.from({ length: 6 }, () => openSqliteStore({ file, create: true, ledgerKey })),
    )
    const puts = stores.map((store, index) => store.commit(commitOf({ put: [row({ id: `by-${index}` })] })))
    const revisions = (await Promise.all(puts)).map((result) => result.committed && result.revision)
    assert.deepEqual(new Set(revisions), new Set([1, 2, 3, 4, 5, 6]))
    await Promise.all(stores.map((store) => store.close()))
  })

  test('waits while another process writes to the file that it has just created', async () => {
    file = join(folder.path, 'empty.db')
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const opening = openSqliteStore({ file, create: true, ledgerKey })
    await sleep(150)
    other.exec('ROLLBACK')
    other.close()
    await (await opening).close()
  })

  test('refuses a newer schema and says what to do', async () => {
    await (await openSqliteStore({ file, create: true, ledgerKey })).close()
    alter(file, `UPDATE schema_version SET version = ${SCHEMA_VERSION + 1}`)
    await refuses('newer-schema', /Run the Keyhold that wrote it/)
  })

  test('refuses the database of something else and leaves it as it was', async () => {
    const foreign = join(folder.path, 'foreign.db')
    alter(foreign, 'CREATE TABLE photos (id)')
    file = foreign
    await refuses('foreign', /not of Keyhold/)
    const database = new DatabaseSync(foreign)
    assert.equal(database.prepare('PRAGMA journal_mode').get()?.journal_mode, 'delete')
    database.close()
  })

  test('refuses what is not a database', async () => {
    file = join(folder.path, 'text.db')
    await writeFile(file, 'not a database, but long enough to be read as the header of one: '.repeat(20))
    await refuses('damaged')
  })

  test('refuses a place where nothing can be created', async () => {
    await writeFile(join(folder.path, 'new'), 'a file where a folder should be')
    await refuses('access', /cannot be created/)
  })
})

describe('an open store', () => {
  test('stops when another process upgrades the file under it', async () => {
    const store = await openSqliteStore({ file, create: true, ledgerKey })
    await store.revision()
    alter(file, `UPDATE schema_version SET version = ${SCHEMA_VERSION + 1}`)
    assert.throws(() => store.revision(), isCode('newer-schema'))
    await assert.rejects(store.commit(commitOf({ put: [row()] })), isCode('newer-schema'))
    assert.equal(await store.get('key', row().id), undefined)
    await store.close()
  })
})

describe('migrating', () => {
  const steps = ['CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'INSERT INTO a SELECT 1']

  test('runs the steps that the file lacks, each once', () => {
    const database = new DatabaseSync(':memory:')
    migrate(database, steps.slice(0, 1))
    migrate(database, steps)
    migrate(database, steps)
    assert.equal(database.prepare('SELECT count(*) AS n FROM a').get()?.n, 1)
    assert.equal(database.prepare('SELECT version FROM schema_version').get()?.version, 3)
    assert.throws(() => migrate(database, steps.slice(0, 2)), isCode('newer-schema'))
  })

  test('is undone whole when a step fails', () => {
    const database = new DatabaseSync(':memory:')
    migrate(database, steps.slice(0, 1))
    assert.throws(() => migrate(database, [...steps, 'CREATE TABLE b (x)']))
    assert.equal(database.prepare('SELECT version FROM schema_version').get()?.version, 1)
    assert.throws(() => database.prepare('SELECT * FROM b'))
  })
})

test('an SQLite before 3.51.3 is refused', () => {
  const database = new DatabaseSync(':memory:')
  checkLibrary(database)
  for (const old of [
    [3, 51, 2],
    [3, 45, 0],
    [2, 99, 9],
  ])
    checkLibrary(database, old)
  for (const tooNew of [
    [99, 0, 0],
    [3, 999, 0],
  ]) {
    assert.throws(() => checkLibrary(database, tooNew), isCode('unsupported'))
  }
})

async function refuses(code: StorageErrorCode, message = /./): Promise<void> {
  await assert.rejects(
    openSqliteStore({ file, create: true, ledgerKey }),
    (error) => isCode(code)(error) && message.test(String(error)),
  )
}

function isCode(code: StorageErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof StorageError && error.code === code
}

/** Another program's hand on the file. */
function alter(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}
