import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemRandom } from '../../../../src/crypto/random.ts'
import { intoKeyObject } from '../../../../src/crypto/secret-key.ts'
import { ledgerKeyOf, rekeyDatabase, requireAlone } from '../../../../src/vault/storage/sqlite/rekey.ts'
import { openSqliteStore } from '../../../../src/vault/storage/sqlite/sqlite-store.ts'
import { StorageError } from '../../../../src/vault/storage/storage-error.ts'
import type { Store } from '../../../../src/vault/storage/store.ts'
import { commitOf, row } from '../rows.ts'
import { temporaryFolder } from './subject.ts'

const freshKey = () => intoKeyObject(systemRandom.secret(32))

interface Bench extends AsyncDisposable {
  file: string
  from: ReturnType<typeof freshKey>
  to: ReturnType<typeof freshKey>
  open(key: ReturnType<typeof freshKey>): Promise<Store>
}

/** A database with rows, and with entries that wait, of which one in the middle is relayed. */
async function bench(): Promise<Bench> {
  const folder = await temporaryFolder()
  const file = join(folder.path, 'keyhold.db')
  const [from, to] = [freshKey(), freshKey()]
  const open = (ledgerKey: typeof from) => openSqliteStore({ file, create: true, ledgerKey })
  const store = await open(from)
  const audit = ['a', 'b', 'c', 'd'].map((eventId) => ({ eventId, record: `record ${eventId}` }))
  await store.commit(commitOf({ put: [row({ id: 'x' }), row({ id: 'y' })], audit }))
  await store.relayedAudit(['b'])
  await store.close()
  return { file, from, to, open, [Symbol.asyncDispose]: () => folder.remove() }
}

test('a database is under the other keys after it, and says what it said', async () => {
  await using there = await bench()
  const { file, from, to } = there
  assert.equal(ledgerKeyOf(file, [to, from]), 1)
  const audit = [{ eventId: 'e', record: 'record e' }]
  rekeyDatabase({ file, from, to, commit: commitOf({ put: [row({ id: 'x', version: 2, body: '{"new":1}' })], audit }) })
  assert.equal(ledgerKeyOf(file, [from, to]), 1)
  const store = await there.open(to)
  assert.deepEqual((await store.inspectLedger()).problems, [])
  assert.equal((await store.get('key', 'x'))?.body, '{"new":1}')
  const waiting = await store.pendingAudit(10)
  assert.deepEqual(
    waiting.map(({ eventId, sequence, authentic }) => [eventId, sequence, authentic]),
    [
      ['a', 1, true],
      ['c', 3, true],
      ['d', 4, true],
      ['e', 5, true],
    ],
  )
  assert.equal(
    (await store.commit(commitOf({ put: [row({ id: 'z' })], audit: [{ eventId: 'f', record: 'f' }] }))).committed,
    true,
  )
  await store.relayedAudit(['a', 'c', 'd', 'e', 'f'])
  assert.deepEqual((await store.inspectLedger()).problems, [])
  await store.close()
  await assert.rejects(there.open(from), /did not write the ledger/)
})

test('what another program changed is not vouched for, a stale commit fails, and nothing is written then', async () => {
  await using there = await bench()
  const { file, from, to } = there
  const stale = commitOf({ put: [row({ id: 'x', version: 7 })] })
  assert.throws(() => rekeyDatabase({ file, from, to, commit: stale }), codeOf('busy'))
  assert.throws(() => rekeyDatabase({ file, from: to, to: from, commit: commitOf() }), codeOf('tampered'))
  assert.equal(ledgerKeyOf(file, [from]), 0)
  const database = new DatabaseSync(file)
  database.exec("UPDATE stored_row SET body = '{\"edited\":1}' WHERE id = 'y'")
  database.close()
  assert.throws(() => rekeyDatabase({ file, from, to, commit: commitOf() }), codeOf('tampered'))
  assert.equal(ledgerKeyOf(file, [to, from]), 1)
})

test('a database that another connection has open is left alone', async () => {
  await using there = await bench()
  const { file, from, to } = there
  const store = await there.open(from)
  assert.throws(() => requireAlone(file), codeOf('busy'))
  assert.throws(() => rekeyDatabase({ file, from, to, commit: commitOf() }), codeOf('busy'))
  await store.close()
  requireAlone(file)
})

function codeOf(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StorageError && error.code === code
}
