import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { LedgerKeys } from '../../../../src/vault/storage/ledger/ledger-keys.ts'
import { BatchRunner } from '../../../../src/vault/storage/sqlite/batch.ts'
import { inspect } from '../../../../src/vault/storage/sqlite/inspection.ts'
import { OpenFiles } from '../../../../src/vault/storage/sqlite/open-files.ts'
import { migrate, SCHEMA_VERSION } from '../../../../src/vault/storage/sqlite/schema.ts'
import { StorageError } from '../../../../src/vault/storage/storage-error.ts'
import { ledgerKey } from '../ledger-key.ts'
import { row } from '../rows.ts'
import { alter } from './alter.ts'
import { BatchBench } from './batch-bench.ts'

const keys = new LedgerKeys(ledgerKey)

test('an empty file has no ledger and no problem', () => {
  using database = new DatabaseSync(':memory:')
  assert.deepEqual(inspect(database, keys), { ledger: undefined, found: {}, problems: [], isUsable: true })
})

test('a schema that is another is a problem, and one of a later Keyhold is not for this one to judge', async () => {
  await using bench = await BatchBench.open()
  alter(bench.file, 'CREATE VIEW v AS SELECT 1')
  const found = inspect(bench.database, keys)
  assert.match(found.problems.join(), /see the view v/)
  assert.equal(found.isUsable, false)
  alter(bench.file, 'DROP VIEW v', 'UPDATE schema_version SET version = 99')
  assert.throws(
    () => inspect(bench.database, keys),
    (error) => error instanceof StorageError && error.code === 'newer-schema',
  )
  assert.equal(bench.database.isTransaction, false)
})

test('a ledger that does not verify, or a second one, is a problem, and what is stored is counted even so', async () => {
  for (const sql of ['UPDATE ledger SET sequence = sequence + 1', 'INSERT INTO ledger SELECT * FROM ledger']) {
    await using bench = await BatchBench.open()
    bench.commit({ put: [row()] })
    alter(bench.file, sql)
    const { problems, found, ledger, isUsable } = inspect(bench.database, keys)
    assert.equal(problems.length, 1, problems.join())
    assert.deepEqual([found, ledger, isUsable], [{ key: 1 }, undefined, true])
  }
})

test('a database whose text is not UTF-8 is not ours', () => {
  for (const [encoding, isOurs] of [
    ['UTF-8', true],
    ['UTF-16le', false],
  ] as const) {
    using database = new DatabaseSync(':memory:')
    database.exec(`PRAGMA encoding = '${encoding}'`)
    migrate(database)
    assert.equal(inspect(database, keys).problems.length === 0, isOurs)
    assert.equal(database.isTransaction, false)
  }
})

test('a ledger begins by itself only where nothing was ever written', async () => {
  await using bench = await BatchBench.open()
  const settings = { keptCommits: 100, ledgerKey }
  const restart = (): void => new BatchRunner(bench.database, new OpenFiles(bench.file), settings).beginIfNew()
  restart()
  assert.equal(bench.count('ledger'), 1)
  bench.commit({ put: [row()] })
  bench.database.exec('DELETE FROM ledger')
  restart()
  bench.database.exec('UPDATE log_head SET revision = 0')
  restart()
  assert.equal(bench.count('ledger'), 0)
})

test('a migration that fails leaves the file as it was, and says why', () => {
  using database = new DatabaseSync(':memory:')
  for (const step of ['SELECT * FROM nowhere', 'ROLLBACK; SELECT * FROM nowhere']) {
    assert.throws(() => migrate(database, ['CREATE TABLE made (x)', step]), /no such table: nowhere/)
    assert.deepEqual([database.isTransaction, database.prepare('SELECT name FROM sqlite_schema').all()], [false, []])
  }
  migrate(database)
  assert.equal(database.prepare('SELECT version FROM schema_version').get()?.version, SCHEMA_VERSION)
})
