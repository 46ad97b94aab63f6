import assert from 'node:assert/strict'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder } from '../../../../tools/testing/folder.ts'
import { makeFolder } from '../../src/platform/durable-folder.ts'
import { createFileRoot } from '../../src/vault/root/file-root.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import { createDataFolder } from '../../src/vault/storage/data-folder.ts'
import { createDatabaseFile } from '../../src/vault/storage/sqlite/files.ts'
import { syncedBy } from '../support/watch-syncs.ts'

const skip = process.platform === 'win32'

test('every folder in which a name was made is synced, and no other', { skip }, async () => {
  await using files = await folder()
  const deep = join(files.path('a'), 'b', 'c')
  assert.deepEqual(await syncedBy(() => makeFolder(deep)), [
    join(files.path('a'), 'b'),
    files.path('a'),
    files.path(''),
  ])
  assert.equal((await stat(files.path('a'))).mode & 0o777, 0o700)
  assert.deepEqual(await syncedBy(() => makeFolder(deep)), [])
  assert.deepEqual(await syncedBy(() => makeFolder(join(deep, 'd'))), [deep])
})

test(
  'a data folder, its manifest, the database and a root file keep their names when the power is cut',
  { skip },
  async () => {
    await using files = await folder()
    const data = join(files.path('new'), 'data')
    const made = { mode: 'serve', root: { id: 'id', file: 'root' } } as const
    const createFolder = await syncedBy(() => createDataFolder(data, made))
    assert.deepEqual(createFolder, [files.path('new'), files.path(''), join(data, 'keyhold.json'), data])
    const createDatabase = await syncedBy(() => createDatabaseFile(join(data, 'keyhold.db')))
    assert.deepEqual(createDatabase, [data])
    const elsewhere = join(files.path('elsewhere'), 'keyhold.db')
    assert.deepEqual(await syncedBy(() => createDatabaseFile(elsewhere)), [files.path(''), files.path('elsewhere')])
    await mkdir(files.path('roots'))
    const createRoot = await syncedBy(async () => await createFileRoot(join(files.path('roots'), 'root'), systemRandom))
    assert.equal(createRoot.length, 2)
    assert.equal(createRoot.at(-1), files.path('roots'))
  },
)
