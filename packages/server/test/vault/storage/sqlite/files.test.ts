import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { folder } from '../../../../../../tools/testing/folder.ts'
import { checkDatabaseFile, createDatabaseFile } from '../../../../src/vault/storage/sqlite/files.ts'
import { StorageError } from '../../../../src/vault/storage/storage-error.ts'

const skip = process.platform === 'win32'
const code = (expected: string) => (error: unknown) => error instanceof StorageError && error.code === expected

test('a database that is missing is refused, with its log or without', async () => {
  await using files = await folder()
  await assert.rejects(checkDatabaseFile(files.path('a.db')), code('missing'))
  await writeFile(files.path('a.db-wal'), '')
  await assert.rejects(
    checkDatabaseFile(files.path('a.db')),
    (error) => code('missing')(error) && /a\.db-wal/.test(String(error)),
  )
  await writeFile(files.path('a.db'), '')
  await checkDatabaseFile(files.path('a.db'))
})

test('what SQLite would take for a part of the database is refused', async () => {
  await using files = await folder()
  await writeFile(files.path('a.db'), '')
  await writeFile(files.path('a.db-journal'), '')
  await assert.rejects(checkDatabaseFile(files.path('a.db')), code('damaged'))
  await writeFile(files.path('b.db-wal'), '')
  await assert.rejects(createDatabaseFile(files.path('b.db')), code('missing'))
  assert.equal((await files.names()).includes('b.db'), false)
})

test('what is no regular file is refused, and not waited for', { skip, timeout: 10_000 }, async () => {
  await using files = await folder()
  execFileSync('mkfifo', [files.path('pipe')])
  await assert.rejects(checkDatabaseFile(files.path('pipe')), code('damaged'))
  await assert.rejects(checkDatabaseFile(files.path('')), code('damaged'))
})

test('a new database is its owner’s alone, and one that is there is left as it is', { skip }, async () => {
  await using files = await folder()
  await createDatabaseFile(files.path('new.db'))
  assert.equal((await stat(files.path('new.db'))).mode & 0o777, 0o600)
  await writeFile(files.path('old.db'), 'content')
  await createDatabaseFile(files.path('old.db'))
  assert.equal((await stat(files.path('old.db'))).size, 7)
  await assert.rejects(createDatabaseFile(`${files.path('old.db')}/below/new.db`), code('access'))
})
