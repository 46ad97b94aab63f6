import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Store } from '../../../src/storage/store.ts'
import { LedgerKeys } from '../../../src/storage/ledger/ledger-keys.ts'
import { openForReading } from '../../../src/storage/sqlite/connection.ts'
import { inspectFile } from '../../../src/storage/sqlite/inspect-file.ts'
import { LedgerTable } from '../../../src/storage/sqlite/ledger-table.ts'
import { sumInParts } from '../../../src/storage/sqlite/sum-in-parts.ts'
import { committed } from '../contract/support.ts'
import { row } from '../rows.ts'
import { ledgerKey } from '../ledger-key.ts'
import { alter } from './alter.ts'
import { sqliteSubject } from './subject.ts'

describe('an inspection by several threads', () => {
  let subject: Awaited<ReturnType<typeof sqliteSubject>>
  let store: Store

  beforeEach(async () => {
    subject = await sqliteSubject()
    store = subject.store
    await committed(store, { put: Array.from({ length: 100 }, (_, index) => row({ id: `r${index}` })) })
  })
  afterEach(() => subject.cleanup())

  const settings = () => ({ file: subject.file, busyTimeoutMs: 0, ledgerKey })

  for (const threads of [2, 3]) {
    test(`finds each row once, by ${threads}`, async () => {
      const { problems, found } = await inspectFile(settings(), threads)
      assert.deepEqual([problems, found], [[], { key: 100 }])
    })
  }

  test('finds what was edited in each part, and rows that were put in before and after all parts', async () => {
    const edits = {
      first: "UPDATE stored_row SET body = '[]' WHERE rowid = 1",
      'in a part': "UPDATE stored_row SET body = '[]' WHERE rowid = 50",
      'before all': 'UPDATE stored_row SET rowid = -9223372036854775808 WHERE rowid = 7',
      'after all': 'UPDATE stored_row SET rowid = 9223372036854775807 WHERE rowid = 8',
    }
    // Where SQLite keeps a row is no column of it.
    for (const moved of ['before all', 'after all'] as const) {
      alter(subject.file, edits[moved])
      assert.deepEqual((await inspectFile(settings(), 3)).problems, [], moved)
    }
    for (const where of ['first', 'in a part'] as const) {
      alter(subject.file, edits[where].replace('[]', `[${where.length}]`))
      assert.match((await inspectFile(settings(), 3)).problems.join(), /not those/, where)
    }
    alter(subject.file, 'DELETE FROM stored_row WHERE rowid = -9223372036854775808')
    assert.match((await inspectFile(settings(), 3)).problems.join(), /99 rows of key.* counts 100/)
  })

  test('sums by itself what another thread sees in another state', async () => {
    const database = openForReading(settings())
    database.exec('BEGIN')
    const table = new LedgerTable(database, new LedgerKeys(ledgerKey))
    const ledger = table.read()
    await committed(store, { put: [row({ id: 'r0', version: 2 }), row({ id: 'new' })] })
    const { own, addTo } = sumInParts(table, settings(), 3)
    const found = table.newSum()
    for (const range of own) table.addRows(found, range)
    await addTo(found)
    assert.ok(ledger?.sumEquals(found))
    assert.deepEqual([...found.counts], [['key', 100]])
    database.close()
  })

  test('sums by itself what another thread could not read', async () => {
    const database = openForReading(settings())
    const table = new LedgerTable(database, new LedgerKeys(ledgerKey))
    const found = table.newSum()
    const { own, addTo } = sumInParts(table, { ...settings(), file: `${subject.file}.gone` }, 3)
    for (const range of own) table.addRows(found, range)
    await addTo(found)
    assert.ok(table.read()?.sumEquals(found))
    database.close()
  })
})
