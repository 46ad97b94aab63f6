import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { initialize, operator } from '../../../src/index.ts'
import { Vault } from '../../host/assembly/support/vault.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'keyhold-folder-'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

describe('a named pipe keeps no command waiting', { skip: process.platform === 'win32' && 'there are none' }, () => {
  for (const name of ['keyhold.json', 'keyhold.db']) {
    test(`in the place of ${name}`, { timeout: 10_000 }, async () => {
      await using vault = await Vault.create()
      await rm(join(vault.folder, name))
      execFileSync('mkfifo', ['-m', '600', join(vault.folder, name)])
      await assert.rejects(
        operator.accounts(vault.folder),
        /keyhold\.db is not a regular file|is not a Keyhold data folder/,
      )
    })
  }
})

describe('init refuses a root file that a symbolic link puts into the data folder', () => {
  const WAYS: Readonly<Record<string, (data: string) => Promise<[folder: string, rootFile: string]>>> = {
    'through a link to the folder': async (data) => {
      await symlink(data, join(parent, 'link'))
      return [data, join(parent, 'link', 'key.root')]
    },
    'through a link to its parent': async (data) => {
      await symlink(parent, join(parent, 'link'))
      return [data, join(parent, 'link', 'data', 'key.root')]
    },
    'by a name of the folder that is a link': async (data) => {
      await symlink(data, join(parent, 'link'))
      return [join(parent, 'link'), join(data, 'key.root')]
    },
    'without a link': async (data) => [data, join(data, 'key.root')],
  }
  for (const [way, place] of Object.entries(WAYS)) {
    test(way, async () => {
      const data = join(parent, 'data')
      await mkdir(data)
      const [folder, rootFile] = await place(data)
      await assert.rejects(initialize({ folder, rootFile, recovery: 'none' }), /must not be in the data folder/)
      assert.deepEqual(await readdir(data), [])
    })
  }

  test('also when the folder does not exist yet', async () => {
    const data = join(parent, 'data')
    await symlink(parent, join(parent, 'link'))
    await assert.rejects(
      initialize({ folder: data, recovery: 'none', rootFile: join(parent, 'link', 'data', 'key.root') }),
      /root file must not/,
    )
  })
})

describe('a data folder is refused', () => {
  const OPEN: Readonly<Record<string, [path: string, mode: number]>> = {
    'that others can list': ['', 0o755],
    'that a group can write': ['', 0o770],
    'whose database others can read': ['keyhold.db', 0o644],
    'whose audit log others can read': ['audit', 0o755],
    'whose manifest others can write': ['keyhold.json', 0o622],
  }
  for (const [what, [path, mode]] of Object.entries(OPEN)) {
    test(`${what}, and opens after the chmod that the error names`, async () => {
      await using vault = await Vault.create()
      const opened = join(vault.folder, path)
      await chmod(opened, mode)
      for (const run of [
        () => vault.serve(),
        () => operator.accounts(vault.folder),
        () => operator.confirmStop(vault.folder, 1, { counts: true }),
      ]) {
        await assert.rejects(run(), /Other users can access .*chmod -R go=/)
      }
      await chmod(opened, mode & 0o700)
      await operator.accounts(vault.folder)
    })
  }

  const asRoot = process.getuid?.() === 0
  test('that belongs to another user', { skip: asRoot ? false : 'only root can give files away' }, async () => {
    await using vault = await Vault.create()
    await chown(vault.folder, 12345, 12345)
    await assert.rejects(vault.serve(), /belongs to user 12345/)
  })
})

describe('the manifest', () => {
  const change = async (folder: string, members: object): Promise<void> => {
    const file = join(folder, 'keyhold.json')
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { root: object }
    const { root, ...rest } = members as { root?: object }
    const changed = { ...manifest, ...rest, root: { ...manifest.root, ...root } }
    await writeFile(file, JSON.stringify(changed))
  }

  test('says which store the folder has: SQLite if it says nothing, and none that this Keyhold does not know', async () => {
    await using vault = await Vault.create()
    assert.doesNotMatch(await readFile(join(vault.folder, 'keyhold.json'), 'utf8'), /store/)
    await change(vault.folder, { store: { kind: 'sqlite' } })
    assert.equal((await operator.accounts(vault.folder)).length, 1)
    await change(vault.folder, { store: { kind: 'postgres', url: 'postgres://db' } })
    const refusal = /names a store of the kind "postgres", which this Keyhold does not have\. Upgrade\./
    for (const run of [() => vault.serve(), () => operator.accounts(vault.folder), () => vault.verify()]) {
      await assert.rejects(run(), refusal)
    }
  })

  test('may name several places of the root, each of them enough', async () => {
    await using vault = await Vault.create()
    const copy = join(parent, 'copy.root')
    await copyFile(vault.rootFile, copy)
    const later = { kind: 'later', slot: 1 }
    await change(vault.folder, { root: { others: [later, { kind: 'file', file: copy }] } })
    await rm(vault.rootFile)
    await using server = await vault.serve()
    await vault.client(server).createKey()
    await rm(copy)
    await assert.rejects(operator.accounts(vault.folder), (error: Error) => {
      assert.equal(error.name, 'RootError')
      assert.match(error.message, /data\.root does not exist.*the kind "later".*copy\.root does not exist/)
      return true
    })
  })

  test('that is malformed is refused, whatever of it', async () => {
    await using vault = await Vault.create()
    for (const members of [
      { store: null },
      { store: 'sqlite' },
      { store: {} },
      { root: { others: 'file' } },
      { root: { others: [null] } },
      { root: { others: [{ file: '/root' }] } },
    ]) {
      await change(vault.folder, { store: { kind: 'sqlite' }, ...members })
      await assert.rejects(operator.accounts(vault.folder), /is damaged or was written by a newer Keyhold/)
      await change(vault.folder, { store: { kind: 'sqlite' }, root: { others: [] } })
    }
    assert.equal((await operator.accounts(vault.folder)).length, 1)
  })
})
