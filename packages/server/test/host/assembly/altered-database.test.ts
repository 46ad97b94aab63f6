import assert from 'node:assert/strict'
import { copyFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { drawn } from '../../../../../tools/testing/draws.ts'
import { access, operator } from '../../../src/index.ts'
import { Vault } from './support/vault.ts'

const QUESTION = { action: 'kms:Decrypt', key: 'alias/none' }

/** Whatever opens the database of a data folder. */
const VERBS: Readonly<Record<string, (vault: Vault) => Promise<unknown>>> = {
  serve: async (vault) => (await vault.serve()).stop(),
  'operator account ls': ({ folder }) => operator.accounts(folder),
  'operator account create': ({ folder }) => operator.createAccount(folder, {}),
  'operator confirm-clock': ({ folder }) => operator.confirmStop(folder, 1, { counts: true }),
  'operator accept-database': ({ folder }) => operator.acceptDatabase(folder),
  'operator accept-audit-loss': ({ folder }) => operator.acceptAuditLoss(folder),
  'access can-i': ({ folder }) => access.canI(folder, QUESTION),
  'audit verify': (vault) => vault.verify(),
}

/** What no verb may open, and what the error says. */
const LOST: Readonly<Record<string, [make: (database: string) => Promise<unknown>, says: RegExp]>> = {
  'that is missing': [(database) => rm(database), /keyhold\.db is missing/],
  'that is missing beside its log': [
    async (database) => {
      await rm(database)
      await writeFile(`${database}-wal`, 'left behind')
    },
    /move .*keyhold\.db-wal/,
  ],
  'that is empty': [(database) => writeFile(database, ''), /is empty|emptied/],
  'of which all rows were removed': [
    async (database) => {
      alter(
        database,
        ['stored_row', 'outbox', 'change', 'commit_log', 'ledger'].map((name) => `DELETE FROM ${name}`),
      )
      alter(database, ['UPDATE log_head SET revision = 0, trimmed = 0'])
    },
    /no domain key|does not name the operator's account/,
  ],
  'of which the ledger was removed': [
    async (database) => alter(database, ['DELETE FROM ledger']),
    /ledger of the database was removed/,
  ],
  'that was taken back to the schema without a ledger': [
    async (database) =>
      alter(database, [
        'DROP TABLE ledger',
        'DROP TABLE outbox',
        `CREATE TABLE outbox (event_id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL,
           position INTEGER NOT NULL, record TEXT NOT NULL) STRICT`,
        'UPDATE schema_version SET version = 1',
      ]),
    /ledger of the database was removed/,
  ],
}

describe('a database is refused, and nothing is made in its place,', () => {
  for (const [what, [make, says]] of Object.entries(LOST)) {
    test(what, async () => {
      await using vault = await Vault.create()
      const database = join(vault.folder, 'keyhold.db')
      await make(database)
      const before = await filesOf(vault.folder)
      for (const [name, run] of drawn(Object.entries(VERBS))) {
        // An operator may accept any rows, but not none.
        if (name === 'operator accept-database' && /ledger/.test(String(says))) continue
        await assert.rejects(run(vault), says, name)
        if (/missing/.test(what)) assert.deepEqual(await filesOf(vault.folder), before, name)
      }
      assert.equal((await stat(database).catch(() => undefined))?.size, before['keyhold.db'])
    })
  }
})

test('a backup is not changed by the log of the database that it replaces', async () => {
  await using vault = await Vault.create()
  const database = join(vault.folder, 'keyhold.db')
  const backup = `${vault.folder}.backup`
  await copyFile(database, backup)
  await leaveLog(vault, database)
  const copy = await readFile(backup)
  await copyFile(backup, database)
  await rm(`${database}-shm`, { force: true })
  const log = await readFile(`${database}-wal`)
  assert.ok(log.byteLength > 0, 'the server left no log')

  for (const [name, run] of Object.entries(VERBS)) {
    // Verbs that only read warn, and go on with what they read.
    const reads = /account ls|access|verify/.test(name)
    const error = await run(vault).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!reads) assert.match(String(error), /not as Keyhold left it/, name)
    assert.ok((await readFile(database)).equals(copy), `${name} changed the backup`)
    assert.ok((await readFile(`${database}-wal`)).equals(log), `${name} changed the log`)
  }

  await rename(`${database}-wal`, `${database}-wal.aside`)
  await rm(`${database}-shm`, { force: true })
  // A backup is older than the audit log beside it.
  assert.ok(await operator.acceptRollback(vault.folder))
  await using server = await vault.serve()
  using client = vault.client(server)
  await client.createKey()
})

test('a log that a killed server left is taken for what it is', async () => {
  await using vault = await Vault.create()
  const keyId = await leaveLog(vault, join(vault.folder, 'keyhold.db'))
  await using server = await vault.serve()
  using client = vault.client(server)
  assert.equal(await client.keyState(keyId), 'Enabled')
})

test('a database whose settings another program edited is served once it was accepted', async () => {
  await using vault = await Vault.create()
  await vault.start().then((server) => server.stop())
  vault.edit((database) => database.exec("UPDATE stored_row SET mac = zeroblob(32) WHERE kind = 'setting'"))
  const { removed } = await operator.acceptDatabase(vault.folder)
  // The clock of waiting periods begins again instead.
  assert.ok((removed.setting ?? 0) >= 4, JSON.stringify(removed))
  await using server = await vault.serve()
  using client = vault.client(server)
  assert.equal(await client.keyState(await client.createKey()), 'Enabled')
})

/**
 * Has a server make keys and die, so that its log stays. Another made more before and copied its log: there are pages that
 * only the database has.
 */
async function leaveLog(vault: Vault, database: string): Promise<string> {
  let keyId = ''
  for (let times = 0; times < 2; times++) {
    const server = await vault.start()
    {
      using client = vault.client(server)
      for (let keys = 0; keys < (times === 0 ? 40 : 1); keys++) keyId = await client.createKey()
    }
    if (times === 0) await server.stop()
    else server.kill('SIGKILL')
    await server.ended
  }
  assert.ok((await stat(`${database}-wal`)).size > 0)
  return keyId
}

async function filesOf(folder: string): Promise<Record<string, number>> {
  const files: Record<string, number> = {}
  for (const name of await readdir(folder)) files[name] = (await stat(join(folder, name))).size
  return files
}

function alter(file: string, statements: readonly string[]): void {
  const database = new DatabaseSync(file)
  for (const sql of statements) database.exec(sql)
  database.close()
}
