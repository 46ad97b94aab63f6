import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { folder } from '../../../../../tools/testing/folder.ts'
import {
  createDataFolder,
  DataFolderError,
  openDataFolder,
  readManifest,
} from '../../../src/vault/storage/data-folder.ts'

const skip = process.platform === 'win32'
const ROOT = { id: 'id', file: '/elsewhere/root' }

test('a folder opens for the mode it was made for, and says how it was made', async () => {
  await using files = await folder()
  for (const [mode, other] of [
    ['serve', 'dev'],
    ['dev', 'serve'],
  ] as const) {
    await createDataFolder(files.path(mode), { mode, root: ROOT })
    assert.deepEqual(await openDataFolder(files.path(mode), mode), { format: 1, mode, root: ROOT })
    await assert.rejects(openDataFolder(files.path(mode), other), DataFolderError)
    assert.equal((await readManifest(files.path(mode))).mode, mode)
  }
})

test('a manifest is never written over', async () => {
  await using files = await folder()
  await createDataFolder(files.path('data'), { mode: 'serve', root: ROOT })
  const before = await readFile(`${files.path('data')}/keyhold.json`, 'utf8')
  await assert.rejects(createDataFolder(files.path('data'), { mode: 'dev', root: ROOT }), { code: 'EEXIST' })
  assert.equal(await readFile(`${files.path('data')}/keyhold.json`, 'utf8'), before)
})

test('a manifest of another format, or without what it must say, is refused', async () => {
  await using files = await folder()
  await createDataFolder(files.path('data'), { mode: 'serve', root: ROOT })
  const manifest = { format: 1, mode: 'serve', root: ROOT }
  for (const changed of [
    { ...manifest, format: 2 },
    { ...manifest, format: '1' },
    { ...manifest, root: { ...ROOT, id: '' } },
    { ...manifest, root: { ...ROOT, file: '' } },
    { ...manifest, root: undefined },
    null,
  ]) {
    await writeFile(`${files.path('data')}/keyhold.json`, JSON.stringify(changed))
    await assert.rejects(readManifest(files.path('data')), DataFolderError, JSON.stringify(changed))
  }
  await assert.rejects(readManifest(files.path('')), DataFolderError)
})

test('a folder that others may read, or that another user owns, is refused', { skip }, async (t: TestContext) => {
  await using files = await folder()
  await createDataFolder(files.path('data'), { mode: 'serve', root: ROOT })
  await chmod(files.path('data'), 0o750)
  await assert.rejects(openDataFolder(files.path('data'), 'serve'), DataFolderError)
  await chmod(files.path('data'), 0o700)
  await openDataFolder(files.path('data'), 'serve')
  t.mock.method(process as Required<Pick<NodeJS.Process, 'getuid'>>, 'getuid', () => 12345)
  await assert.rejects(openDataFolder(files.path('data'), 'serve'), /12345/)
})
