import assert from 'node:assert/strict'
import { copyFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { changeOne } from '../../../../src/vault/storage/sqlite/change-one.ts'
import { openSqliteStore } from '../../../../src/vault/storage/sqlite/sqlite-store.ts'
import type { Store } from '../../../../src/vault/storage/store.ts'
import { committed, refuses } from '../contract/support.ts'
import { ledgerKey } from '../ledger-key.ts'
import { commitOf, row } from '../rows.ts'
import { alter, copyOf } from './alter.ts'
import { sqliteSubject, temporaryFolder } from './subject.ts'

const HIDES_RECORDS =
  'CREATE TRIGGER hide AFTER INSERT ON outbox BEGIN DELETE FROM outbox WHERE event_id = new.event_id; END'

/** What makes a genuine file behave otherwise, though its rows stay as they are. */
const ALTERATIONS: Readonly<Record<string, readonly string[]>> = {
  'a trigger that removes records': [HIDES_RECORDS],
  'a trigger that ignores changes': [
    'CREATE TRIGGER ignore BEFORE UPDATE ON stored_row BEGIN SELECT RAISE(IGNORE); END',
  ],
  'a trigger that is written into the schema table': [
    'PRAGMA writable_schema = ON',
    `INSERT INTO sqlite_schema VALUES ('trigger', 'hide', 'outbox', 0, '${HIDES_RECORDS}')`,
  ],
  'a view in the place of a table': [
    'ALTER TABLE stored_row RENAME TO genuine',
    'CREATE VIEW stored_row AS SELECT * FROM genuine WHERE 0',
  ],
  'a view beside the tables': ['CREATE VIEW other AS SELECT 1'],
  'another table': ['CREATE TABLE other (x)'],
  'an index over an expression': ['CREATE INDEX other ON stored_row (abs(length(body)))'],
  'an index that leaves rows out': [
    'DROP INDEX stored_row_by_owner',
    "CREATE INDEX stored_row_by_owner ON stored_row (kind, owner, id) WHERE owner <> '111122223333/eu-central-1'",
  ],
  'an index that is missing': ['DROP INDEX outbox_by_sequence'],
  'a column that is computed': ['ALTER TABLE stored_row ADD COLUMN extra INTEGER AS (1)'],
  'a table with another collation': [
    'PRAGMA writable_schema = ON',
    `UPDATE sqlite_schema SET sql = replace(sql, 'id         TEXT', 'id         TEXT COLLATE NOCASE')
     WHERE name = 'stored_row'`,
  ],
}

/** What only an opening looks at. */
const AT_OPENING: typeof ALTERATIONS = {
  'a schema version from before the ledger': ['UPDATE schema_version SET version = 1'],
  'no schema version': ['DELETE FROM schema_version'],
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let template: string
before(async () => {
  folder = await temporaryFolder()
  template = join(folder.path, 'template.db')
  const store = await openSqliteStore({ file: template, create: true, ledgerKey })
  await committed(store, { put: [row()], audit: [{ eventId: 'first', record: 'r' }] })
  await store.close()
})
after(() => folder.remove())

describe('a file is refused that holds', () => {
  for (const [what, statements] of Object.entries({ ...ALTERATIONS, ...AT_OPENING })) {
    test(what, async () => {
      const file = join(folder.path, `${what}.db`)
      await copyFile(template, file)
      alter(file, ...statements)
      await refuses(openSqliteStore({ file, ledgerKey }), 'tampered')
      await refuses(openSqliteStore({ file, readOnly: true, ledgerKey }), 'tampered')
    })
  }
})

let subject: Awaited<ReturnType<typeof sqliteSubject>>
let store: Store

/** Gives each test of a group a store of its own. */
function eachOnItsOwn(): void {
  beforeEach(async () => {
    subject = await sqliteSubject()
    store = subject.store
    await committed(store, { put: [row()], audit: [{ eventId: 'first', record: 'r' }] })
  })
  afterEach(() => subject[Symbol.asyncDispose]())
}

describe('an open store stops when the file gets', () => {
  eachOnItsOwn()

  // What is written into the schema table alone, no open connection reads.
  const read = Object.entries(ALTERATIONS).filter(([, [first]]) => !first?.includes('writable_schema'))
  for (const [what, statements] of read) {
    test(what, async () => {
      await store.revision()
      alter(subject.file, ...statements)
      const commit = commitOf({ put: [row({ version: 2 })], audit: [{ eventId: 'hidden', record: 'r' }] })
      await refuses(store.commit(commit), 'tampered')
      await refuses(
        Promise.resolve().then(() => store.revision()),
        'tampered',
      )
    })
  }
})

test('a change that has no effect is an error', () => {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)')
  const update = database.prepare('UPDATE t SET x = ?')
  changeOne(update, 2)
  database.exec('CREATE TRIGGER ignore BEFORE UPDATE ON t BEGIN SELECT RAISE(IGNORE); END')
  assert.throws(() => changeOne(update, 3), { name: 'StorageError', code: 'tampered' })
  database.close()
})

describe('the change log', () => {
  eachOnItsOwn()

  const REMOVED: Readonly<Record<string, string>> = {
    'of which a change was removed': 'DELETE FROM change WHERE revision = 3',
    'of which all changes of one row were removed': "DELETE FROM change WHERE id = 'second'",
    'of which a change names another row': "UPDATE change SET id = 'other' WHERE revision = 3",
    'to which a change was added': "INSERT INTO change VALUES (3, 'alias', 'third')",
    'of which a commit was removed': 'DELETE FROM commit_log WHERE revision = 3',
    'of which the newest commit was removed': 'DELETE FROM commit_log WHERE revision = 4',
    'of which a commit has another place': 'UPDATE commit_log SET revision = 5 WHERE revision = 4',
    'whose head was set back': 'UPDATE log_head SET revision = 3',
  }
  for (const [what, sql] of Object.entries(REMOVED)) {
    test(`${what}, answers nothing, so that caches are dropped`, async () => {
      for (const id of ['second', 'third', 'fourth']) await committed(store, { put: [row({ id })] })
      assert.equal(await store.revision(), 4)
      assert.equal((await store.changesSince(1))?.length, 3)
      alter(subject.file, sql)
      assert.equal(await store.changesSince(1), undefined)
    })
  }
})

describe('the ledger', () => {
  eachOnItsOwn()

  const ALTERED: Readonly<Record<string, string>> = {
    'that was removed': 'DELETE FROM ledger',
    'that was edited': 'UPDATE ledger SET sequence = sequence + 1',
    'that names other counts': `UPDATE ledger SET counts = '{"key":2,"outbox":1}'`,
    'that is beside a second': 'INSERT INTO ledger SELECT * FROM ledger',
    'whose newest commit is not the log’s': 'UPDATE log_head SET revision = 7',
  }
  for (const [what, sql] of Object.entries(ALTERED)) {
    test(`${what}, stops commits`, async () => {
      alter(subject.file, sql)
      await refuses(store.commit(commitOf({ put: [row({ id: 'never' })] })), 'tampered')
      assert.equal(await store.get('key', 'never'), undefined)
    })
  }

  for (const suffix of ['', '-wal', '-shm']) {
    test(`whose file ${suffix} a copy has replaced, under a running process, stops commits and decisions`, async () => {
      await committed(store, { put: [row({ id: 'before' })] })
      await copyFile(subject.file + suffix, `${subject.file}.copy`)
      await rename(`${subject.file}.copy`, subject.file + suffix)
      await refuses(store.commit(commitOf({ put: [row({ id: 'never' })] })), 'tampered')
      for (const look of [() => store.revision(), () => store.inspectLedger()]) {
        await refuses(Promise.resolve().then<unknown>(look), 'tampered')
      }
    })
  }

  test('that was put back under a running process stops commits and decisions', async () => {
    await store.revision()
    const older = copyOf(subject.file, 'ledger', 'log_head')
    await committed(store, { put: [row({ id: 'newer' })] })
    await store.revision()
    older.putBack()
    await refuses(store.commit(commitOf({ put: [row({ id: 'never' })] })), 'tampered')
    await refuses(
      Promise.resolve().then(() => store.revision()),
      'tampered',
    )
  })
})
