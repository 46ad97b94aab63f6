import assert from 'node:assert/strict'
import { copyFile, rename } from 'node:fs/promises'
import { test } from 'node:test'
import type { SqliteReader } from '../../../../src/vault/storage/sqlite/reader.ts'
import { StorageError } from '../../../../src/vault/storage/storage-error.ts'
import { row } from '../rows.ts'
import { alter, copyOf } from './alter.ts'
import { BatchBench } from './batch-bench.ts'

const owner = row().owner
const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id)
const isTampered = (error: unknown): boolean => error instanceof StorageError && error.code === 'tampered'

/** Runs a test on a bench with a reader, which it closes. */
async function reading(work: (bench: BatchBench, reader: SqliteReader) => void | Promise<void>): Promise<void> {
  await using bench = await BatchBench.open()
  const reader = bench.reader()
  try {
    await work(bench, reader)
  } finally {
    reader.close()
  }
}

test('a row is read as it was last put, in every column', () =>
  reading((bench, reader) => {
    const first = row({ target: 't', dueMs: 5, sealed: Uint8Array.of(1) })
    const second = row({ owner: 'o', dueMs: 6, version: 2, generation: 2, body: '[]', mac: Uint8Array.of(9) })
    for (const put of [first, second, { ...first, version: 3 }, { ...second, version: 4 }]) {
      bench.commit({ put: [put] })
      assert.deepEqual(reader.get('key', put.id), put)
    }
    assert.deepEqual(bench.problems(), [])
  }))

test('lists are of one table and owner or target, in the order of ids, a page at a time', () =>
  reading((bench, reader) => {
    const rows = ['c', 'a', 'b'].map((id) => row({ id, target: 't' }))
    const others = [row({ id: 'd', owner: 'other' }), row({ id: 'a', table: 'alias', target: 't' })]
    bench.commit({ put: [...rows, ...others] })
    assert.deepEqual(ids(reader.list('key', { limit: 9 })), ['a', 'b', 'c', 'd'])
    assert.deepEqual(ids(reader.listByOwner('key', owner, { limit: 9 })), ['a', 'b', 'c'])
    assert.deepEqual(ids(reader.listByTarget('key', 't', { limit: 9 })), ['a', 'b', 'c'])
    assert.deepEqual(ids(reader.listByTarget('key', '', { limit: 9 })), [], 'no target is none')
    for (const list of [reader.list.bind(reader, 'key'), reader.listByOwner.bind(reader, 'key', owner)]) {
      assert.deepEqual(ids(list({ limit: 2 })), ['a', 'b'])
      assert.deepEqual(ids(list({ limit: 2, after: 'a' })), ['b', 'c'])
    }
    assert.deepEqual([reader.countByOwner('key', owner, 9), reader.countByOwner('key', owner, 2)], [3, 2])
    assert.equal(reader.countByOwner('alias', owner, 9), 1)
  }))

test('rows are due at their time, earliest first and then by id, from where a list ended', () =>
  reading((bench, reader) => {
    const due = { z: 5, b: 5, a: 6, never: null, first: 0, later: 7 }
    bench.commit({ put: Object.entries(due).map(([id, dueMs]) => row({ id, dueMs })) })
    assert.deepEqual(ids(reader.listDue('key', 6, 9)), ['first', 'b', 'z', 'a'])
    assert.deepEqual(ids(reader.listDue('key', 6, 2)), ['first', 'b'])
    assert.deepEqual(ids(reader.listDue('key', 6, 9, { dueMs: 5, id: 'b' })), ['z', 'a'])
    assert.deepEqual(ids(reader.listDue('key', 4, 9)), ['first'])
  }))

test('text that cannot be stored finds nothing, and a limit is a whole number from 1 on', () =>
  reading((bench, reader) => {
    bench.commit({ put: [row({ id: 'a\ufffd', owner: '\ufffd', target: '\ufffd' })] })
    assert.equal(reader.get('key', 'a\ud800'), undefined)
    assert.deepEqual(reader.listByOwner('key', '\ud800', { limit: 1 }), [])
    assert.deepEqual(reader.listByTarget('key', '\ud800', { limit: 1 }), [])
    assert.equal(reader.countByOwner('key', '\ud800', 1), 0)
    for (const limit of [0, -1, 0.5]) {
      for (const look of [
        () => reader.list('key', { limit }),
        () => reader.listByOwner('key', owner, { limit }),
        () => reader.listByTarget('key', 't', { limit }),
        () => reader.listDue('key', 1, limit),
        () => reader.pendingAudit(limit),
        () => reader.countByOwner('key', owner, limit),
      ]) {
        assert.throws(look, (error) => error instanceof StorageError && error.code === 'invalid')
      }
    }
  }))

test('the revision and the changes since one follow what is committed', () =>
  reading((bench, reader) => {
    assert.equal(reader.revision(), 0)
    bench.commit({ put: [row({ id: 'a' }), row({ id: 'b' })] })
    bench.commit({ audit: [{ eventId: 'e', record: 'r' }] })
    bench.commit({ delete: [row({ id: 'a' })] })
    assert.equal(reader.revision(), 3)
    assert.deepEqual(reader.changesSince(0), [
      { revision: 1, table: 'key', id: 'a' },
      { revision: 1, table: 'key', id: 'b' },
      { revision: 3, table: 'key', id: 'a' },
    ])
    assert.deepEqual(reader.changesSince(1), [{ revision: 3, table: 'key', id: 'a' }])
    assert.deepEqual(reader.changesSince(3), [])
    assert.equal(reader.changesSince(4), undefined)
  }))

test('changes that are no longer kept are unknown', async () => {
  await using bench = await BatchBench.open(2)
  for (let version = 1; version <= 5; version += 1) bench.commit({ put: [row({ version })] })
  const reader = bench.reader()
  assert.deepEqual([reader.changesSince(2), reader.changesSince(3)?.length], [undefined, 2])
  reader.close()
})

const CHANGE_LOG: Readonly<Record<string, string>> = {
  'a change is gone': 'DELETE FROM change WHERE revision = 2',
  'a change was added': "INSERT INTO change VALUES (2, 'alias', 'x')",
  'a change names another row': "UPDATE change SET id = 'x' WHERE revision = 2",
  'a commit is gone': 'DELETE FROM commit_log WHERE revision = 2',
  'the newest commit is gone': 'DELETE FROM commit_log WHERE revision = 3',
  'a commit has another id': "UPDATE commit_log SET id = 'x' WHERE revision = 2",
  'a commit has another MAC': "UPDATE commit_log SET mac = X'00' WHERE revision = 2",
  'a commit was added': "INSERT INTO commit_log VALUES ('x', 4, X'00')",
  'the head was set back': 'UPDATE log_head SET revision = 2',
  'the newest commit and its head are gone':
    'DELETE FROM commit_log WHERE revision = 3; DELETE FROM change WHERE revision = 3; UPDATE log_head SET revision = 2',
}

for (const [what, sql] of Object.entries(CHANGE_LOG)) {
  test(`caches are dropped when in the change log ${what}`, () =>
    reading((bench, reader) => {
      for (const id of ['a', 'b', 'c']) bench.commit({ put: [row({ id })] })
      assert.equal(reader.revision(), 3)
      assert.equal(reader.changesSince(1)?.length, 2)
      alter(bench.file, sql)
      assert.equal(reader.changesSince(1), undefined)
    }))
}

test('the newest commit is the one that the ledger names, whatever the log says', () =>
  reading((bench, reader) => {
    bench.commit({ put: [row()] })
    alter(bench.file, 'UPDATE log_head SET revision = 9')
    assert.equal(reader.revision(), 1)
  }))

const LEDGERS: Readonly<Record<string, string>> = {
  edited: 'UPDATE ledger SET sequence = sequence + 1',
  'set ahead': 'UPDATE ledger SET revision = 9',
  removed: 'DELETE FROM ledger',
  'taken for one that goes back': 'UPDATE ledger SET serial = 1',
}

for (const [what, sql] of Object.entries(LEDGERS)) {
  test(`no decision is taken once the ledger was ${what}`, () =>
    reading((bench, reader) => {
      for (const id of ['a', 'b']) bench.commit({ put: [row({ id })] })
      reader.revision()
      alter(bench.file, sql)
      assert.throws(() => reader.revision(), isTampered)
    }))
}

test('no decision is taken once an older ledger was put back', () =>
  reading((bench, reader) => {
    bench.commit({ put: [row({ id: 'a' })] })
    const older = copyOf(bench.file, 'ledger', 'log_head')
    bench.commit({ put: [row({ id: 'b' })] })
    reader.revision()
    older.putBack()
    assert.throws(() => reader.revision(), isTampered)
  }))

test('no decision is taken once the schema is another, or of a later Keyhold', () =>
  reading((bench, reader) => {
    reader.revision()
    alter(bench.file, 'CREATE VIEW v AS SELECT 1')
    assert.throws(() => reader.revision(), isTampered)
    alter(bench.file, 'DROP VIEW v', 'UPDATE schema_version SET version = 99')
    assert.throws(
      () => reader.revision(),
      (error) => error instanceof StorageError && error.code === 'newer-schema',
    )
  }))

for (const suffix of ['', '-wal', '-shm']) {
  test(`no decision is taken and nothing is committed once the file ${suffix} was replaced`, () =>
    reading(async (bench, reader) => {
      bench.commit({ put: [row({ id: 'a' })] })
      reader.revision()
      await copyFile(bench.file + suffix, `${bench.file}.copy`)
      await rename(`${bench.file}.copy`, bench.file + suffix)
      assert.throws(() => reader.revision(), isTampered)
      assert.throws(() => reader.checkFiles(), isTampered)
      const outcome = bench.commit({ put: [row({ id: 'b' })] })
      assert.equal(outcome.kind === 'failure' && outcome.code, 'tampered')
    }))
}

test('entries that wait come in the order of their numbers, and say whether they are authentic', () =>
  reading((bench, reader) => {
    bench.commit({ audit: ['z', 'a', 'm'].map((eventId) => ({ eventId, record: 'r' })) })
    alter(bench.file, "UPDATE outbox SET record = 'other' WHERE event_id = 'a'")
    const found = reader.pendingAudit(9).map(({ eventId, sequence, authentic }) => [eventId, sequence, authentic])
    assert.deepEqual(found, [
      ['z', 1, true],
      ['a', 2, false],
      ['m', 3, true],
    ])
    assert.equal(reader.pendingAudit(1).length, 1)
  }))
