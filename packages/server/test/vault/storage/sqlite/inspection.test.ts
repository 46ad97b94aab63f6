import assert from 'node:assert/strict'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { Store } from '../../../../src/vault/storage/store.ts'
import { LedgerKeys } from '../../../../src/vault/storage/ledger/ledger-keys.ts'
import { openForReading } from '../../../../src/vault/storage/sqlite/connection.ts'
import { inspect } from '../../../../src/vault/storage/sqlite/inspection.ts'
import { committed } from '../contract/support.ts'
import { commitOf, row } from '../rows.ts'
import { ledgerKey } from '../ledger-key.ts'
import { alter, withDatabase } from './alter.ts'
import { sqliteSubject, temporaryFolder } from './subject.ts'

let subject: Awaited<ReturnType<typeof sqliteSubject>>
let store: Store

async function begin(): Promise<void> {
  subject = await sqliteSubject()
  store = subject.store
  await committed(store, { put: [row({ id: 'a' }), row({ id: 'b' }), row({ table: 'alias', id: 'a' })] })
  await committed(store, { audit: ['1', '2', '3'].map((eventId) => ({ eventId, record: `{"n":${eventId}}` })) })
}

/** What some other program may do to the rows, and what is reported of it. */
const TAMPERINGS: Readonly<Record<string, [sql: string, problem: RegExp]>> = {
  'a row that was removed': ["DELETE FROM stored_row WHERE kind = 'key' AND id = 'a'", /1 rows of key.* has 2/],
  'a row that was copied': [
    `INSERT INTO stored_row SELECT kind, 'c', owner, target, due_ms, version, generation, body, sealed, mac
     FROM stored_row WHERE kind = 'key' AND id = 'a'`,
    /3 rows of key.* has 2/,
  ],
  'a row that was moved to another table': [
    "UPDATE stored_row SET kind = 'grant' WHERE kind = 'key' AND id = 'a'",
    /rows of grant/,
  ],
  'a body that was edited': ["UPDATE stored_row SET body = '[]' WHERE id = 'b'", /differ from those in the ledger/],
  'an owner that was edited': ["UPDATE stored_row SET owner = 'me' WHERE id = 'b'", /differ from those/],
  'a target that was edited': ["UPDATE stored_row SET target = 'me' WHERE id = 'b'", /differ from those/],
  'a due time that was edited': ["UPDATE stored_row SET due_ms = 0 WHERE id = 'b'", /differ from those/],
  'a version that was edited': ["UPDATE stored_row SET version = 2 WHERE id = 'b'", /differ from those/],
  'a generation that was edited': ["UPDATE stored_row SET generation = 2 WHERE id = 'b'", /differ from those/],
  'sealed bytes that were put in': ["UPDATE stored_row SET sealed = X'' WHERE id = 'b'", /differ from those/],
  'a MAC that was edited': ["UPDATE stored_row SET mac = X'' WHERE id = 'b'", /differ from those/],
  'two rows that changed places': [
    "UPDATE stored_row SET id = CASE id WHEN 'a' THEN 'z' ELSE 'a' END WHERE kind = 'key'",
    /differ from those/,
  ],
  'a number that none could have written': [
    "UPDATE stored_row SET version = 9223372036854775807 WHERE id = 'b'",
    /too large/,
  ],
  'an audit entry that was removed': ["DELETE FROM outbox WHERE event_id = '2'", /2 rows of outbox.* has 3/],
  'the newest audit entry, removed': ["DELETE FROM outbox WHERE event_id = '3'", /2 rows of outbox.* has 3/],
  'an audit entry that was put in': [
    `INSERT INTO outbox SELECT 'forged', revision, 9, sequence + 1, record, previous, mac FROM outbox WHERE sequence = 3`,
    /forged \(4\) was not written by Keyhold/,
  ],
  'a record that was edited': [`UPDATE outbox SET record = '{}' WHERE sequence = 1`, /entry 1 \(1\)/],
  'audit entries that changed places': [
    'UPDATE outbox SET sequence = CASE sequence WHEN 1 THEN 20 WHEN 2 THEN 10 ELSE 3 END',
    /was not written/,
  ],
  'a ledger that was edited': ['UPDATE ledger SET serial = serial + 1', /This Keyhold did not write the ledger/],
  'a ledger with a number that none could have written': [
    'UPDATE ledger SET serial = 9007199254740993',
    /too large for Keyhold/,
  ],
  'a head with a number that none could have written': [
    'UPDATE log_head SET revision = 9007199254740993',
    /too large for Keyhold/,
  ],
  'a head that was set ahead': ['UPDATE log_head SET revision = 9', /newest commit is 9/],
  'a second head': ['INSERT INTO log_head VALUES (0, 0)', /2 rows that name the newest commit/],
  'no head': ['DELETE FROM log_head', /0 rows that name the newest commit/],
  'a second schema version': ['INSERT INTO schema_version VALUES (1)', /2 rows that name its schema version/],
  'a change of a commit to come': [
    `INSERT INTO change SELECT revision + 1, 'key', 'a' FROM log_head`,
    /1 rows of the change log belong to no commit/,
  ],
  'a commit to come': [
    `INSERT INTO commit_log SELECT 'taken', revision + 1, X'' FROM log_head`,
    /1 rows of the change log belong to no commit/,
  ],
  'a commit that is gone': ['DELETE FROM commit_log WHERE revision = 1', /Commits are missing/],
}

describe('an inspection of a file', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  before(async () => {
    folder = await temporaryFolder()
    await begin()
    await store.close()
  })
  after(async () => {
    await folder.remove()
    await subject[Symbol.asyncDispose]()
  })

  for (const [what, [sql, problem]] of Object.entries(TAMPERINGS)) {
    test(`reports ${what}`, async () => {
      const file = join(folder.path, `${what}.db`)
      await copyFile(subject.file, file)
      alter(file, sql)
      const database = openForReading({ file, busyTimeoutMs: 0 })
      const { problems } = inspect(database, new LedgerKeys(ledgerKey))
      database.close()
      assert.match(problems.join('\n'), problem)
    })
  }
})

describe('an inspection', () => {
  beforeEach(begin)
  afterEach(() => subject[Symbol.asyncDispose]())

  test('finds nothing in a database that only Keyhold wrote, whatever it did', async () => {
    await committed(store, { put: [row({ id: 'a', version: 2, sealed: new Uint8Array(9) })] })
    await committed(store, { delete: [{ table: 'key', id: 'b' }], put: [row({ id: 'a', version: 3, dueMs: 1 })] })
    await store.relayedAudit(['2', 'unknown'])
    await store.commit(commitOf({ put: [row({ id: 'a', version: 9 })] }))
    const other = await subject.another()
    await committed(other, { put: [row({ id: 'c' })], audit: [{ eventId: '4', record: 'r' }] })
    await other.close()
    const { problems, found, ledger } = await store.inspectLedger()
    assert.deepEqual(problems, [])
    assert.deepEqual(found, { key: 2, alias: 1, outbox: 3 })
    assert.deepEqual(ledger, await store.ledger())
    assert.deepEqual((await (await subject.reopen()).inspectLedger()).problems, [])
  })

  test('reports an index that was built to leave a row out, under the definition it had', async () => {
    alter(
      subject.file,
      'PRAGMA writable_schema = ON',
      "UPDATE sqlite_schema SET sql = sql || ' WHERE id <> ''a''' WHERE name = 'stored_row_by_owner'",
      'PRAGMA writable_schema = RESET',
      'REINDEX stored_row_by_owner',
      'PRAGMA writable_schema = ON',
      "UPDATE sqlite_schema SET sql = replace(sql, ' WHERE id <> ''a''', '') WHERE name = 'stored_row_by_owner'",
    )
    const { problems, isUsable } = await store.inspectLedger()
    assert.match(problems.join('\n'), /missing from index stored_row_by_owner/)
    assert.equal(isUsable, false)
  })

  test('still reports what happened after Keyhold has gone on, also with the row itself', async () => {
    alter(subject.file, "DELETE FROM stored_row WHERE kind = 'key' AND id = 'a'")
    await committed(store, { put: [row({ id: 'other' })] })
    await committed(store, { put: [row({ id: 'a' })] })
    await committed(store, { delete: [{ table: 'key', id: 'a' }] })
    assert.match((await store.inspectLedger()).problems.join(), /2 rows of key.* has 3/)
  })

  test('reports an old row that was put back after each time that the service has changed it again', async () => {
    for (let times = 1; times <= 4; times++) {
      const version = await putBack(async () => {
        await committed(store, { put: [row({ id: 'a', version: 2, body: '"revoked"' })] })
      })
      assert.equal(version, 1)
      assert.match((await store.inspectLedger()).problems.join(), /differ from those/, `put back ${times} times`)
    }
  })

  test('finds nothing once the row is as it was again: nothing is left to find', async () => {
    await putBack(async () => {
      await committed(store, { put: [row({ id: 'a', version: 2 })] })
      assert.deepEqual((await store.inspectLedger()).problems, [])
    })
    const genuine = row({ id: 'a', version: 2 })
    withDatabase(subject.file, (database) => write(database, { version: genuine.version, body: genuine.body }))
    assert.deepEqual((await store.inspectLedger()).problems, [])
  })

  test('ends early when it is aborted', async () => {
    await assert.rejects(store.inspectLedger(AbortSignal.abort()), { code: 'failed' })
  })
})

describe('a number that none could have written', () => {
  beforeEach(begin)
  afterEach(() => subject[Symbol.asyncDispose]())

  for (const column of ['serial', 'revision', 'trimmed', 'sequence'] as const) {
    test(`is tampering, also where only the ledger is read: ${column}`, async () => {
      alter(subject.file, `UPDATE ledger SET ${column} = 9007199254740993`)
      await assert.rejects(async () => store.ledger(), { code: 'tampered', message: /too large/ })
      await assert.rejects(committed(store, { put: [row({ id: 'new' })] }), { code: 'tampered' })
    })
  }
})

describe('accepting the rows as they are', () => {
  beforeEach(begin)
  afterEach(() => subject[Symbol.asyncDispose]())

  test('leaves nothing to report, keeps the numbers going and drops caches', async () => {
    alter(
      subject.file,
      "DELETE FROM stored_row WHERE kind = 'key' AND id = 'a'",
      'DELETE FROM outbox WHERE sequence = 3',
    )
    const revision = await store.revision()
    const result = await store.acceptRows(commitOf({ audit: [{ eventId: 'accepted', record: 'r' }] }))
    assert.equal(result.committed, true)
    assert.deepEqual((await store.inspectLedger()).problems, [])
    assert.deepEqual(
      (await store.pendingAudit(9)).map(({ sequence, authentic }) => [sequence, authentic]),
      [1, 2, 4].map((sequence) => [sequence, true]),
    )
    assert.equal(await store.changesSince(revision), undefined)
    assert.equal((await committed(store, { put: [row({ id: 'a' })] })) > revision, true)
    assert.deepEqual((await store.inspectLedger()).problems, [])
  })

  const BLOCKING = [
    'a second head',
    'no head',
    'a change of a commit to come',
    'a commit to come',
    'a ledger with a number that none could have written',
  ] as const
  for (const what of BLOCKING) {
    test(`lets changes be made again after ${what}`, async () => {
      alter(subject.file, TAMPERINGS[what]?.[0] ?? '')
      await assert.rejects(committed(store, { put: [row({ id: 'a', version: 2 })] }))
      await store.acceptRows(commitOf({ audit: [{ eventId: 'accepted', record: 'r' }] }))
      await committed(store, { put: [row({ id: 'a', version: 2 })] })
      assert.deepEqual((await store.inspectLedger()).problems, [])
    })
  }

  test('makes no forged entry authentic', async () => {
    alter(
      subject.file,
      "INSERT INTO outbox SELECT 'forged', 7, 0, 99, 'r', X'', X'' FROM log_head",
      'DELETE FROM ledger',
    )
    await store.acceptRows(commitOf({ audit: [{ eventId: 'accepted', record: 'r' }] }))
    assert.deepEqual(
      (await store.pendingAudit(9)).map(({ eventId, authentic }) => [eventId, authentic]),
      [
        ['1', true],
        ['2', true],
        ['3', true],
        ['accepted', true],
        ['forged', false],
      ],
    )
  })
})

/** Brings the row `key a` back to what it was before `change`; its version then. */
async function putBack(change: () => Promise<void>): Promise<number> {
  const before = await store.get('key', 'a')
  assert.ok(before)
  await change()
  withDatabase(subject.file, (database) => write(database, before))
  return (await store.get('key', 'a'))?.version ?? 0
}

function write(database: DatabaseSync, { version, body }: { version: number; body: string }): void {
  database.prepare("UPDATE stored_row SET version = ?, body = ? WHERE kind = 'key' AND id = 'a'").run(version, body)
}
