/** A data folder and its root that were copied elsewhere open there, by what the caller names or by relative paths. */
import assert from 'node:assert/strict'
import { copyFile, cp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { serve } from '../../../src/index.ts'
import { Vault } from './support/vault.ts'

interface Copy {
  folder: string
  rootFile: string
}

/** Copies folder and root, as a person does who moves a disk; the originals are gone, as on another machine. */
async function moved(vault: Vault): Promise<Copy> {
  const other = join(dirname(vault.folder), 'elsewhere')
  const copy = { folder: join(other, 'vault'), rootFile: join(other, 'root') }
  await cp(vault.folder, copy.folder, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  await copyFile(vault.rootFile, copy.rootFile)
  await rename(vault.folder, `${vault.folder}.gone`)
  await rm(vault.rootFile)
  return copy
}

/** Makes a key in the vault, and resolves with its id. */
async function withKey(vault: Vault): Promise<string> {
  await using server = await vault.serve()
  using client = vault.client(server)
  return await client.createKey()
}

/** Whether the copy serves the key. */
async function answers({ folder }: Copy, vault: Vault, keyId: string, settings: object): Promise<void> {
  await using server = await serve({ folder, port: 0, logLevel: 'silent', requireOpen: true, ...settings })
  using client = vault.client(server)
  const { status } = await client.call('Encrypt', { KeyId: keyId, Plaintext: 'eA==' })
  assert.equal(status, 200)
}

describe('a data folder that was copied elsewhere', () => {
  test('opens with the root file that is named, and says where it looked without', async () => {
    await using vault = await Vault.create()
    const keyId = await withKey(vault)
    const copy = await moved(vault)
    const silent = { folder: copy.folder, port: 0, logLevel: 'silent', requireOpen: true } as const
    await assert.rejects(serve(silent), {
      code: 'missing',
      message: new RegExp(`root file ${vault.rootFile} does not exist`),
    })
    await answers(copy, vault, keyId, { answers: { rootFiles: [copy.rootFile] } })
  })

  test('opens by a path in its manifest that is relative to it', async () => {
    await using vault = await Vault.create()
    const keyId = await withKey(vault)
    const copy = await moved(vault)
    const file = join(copy.folder, 'keyhold.json')
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { root: object }
    await writeFile(file, JSON.stringify({ ...manifest, root: { ...manifest.root, file: '../root' } }))
    await answers(copy, vault, keyId, {})
  })

  test('is refused as older than its audit log when the database was copied before it, and not when both were', async () => {
    await using vault = await Vault.create()
    const keyId = await withKey(vault)
    const early = `${vault.folder}.early.db`
    await copyFile(join(vault.folder, 'keyhold.db'), early)
    await withKey(vault)
    const copy = await moved(vault)
    const answersOf = { answers: { rootFiles: [copy.rootFile] } }
    await answers(copy, vault, keyId, answersOf)
    await copyFile(early, join(copy.folder, 'keyhold.db'))
    await rm(join(copy.folder, 'keyhold.db-wal'), { force: true })
    await rm(join(copy.folder, 'keyhold.db-shm'), { force: true })
    await assert.rejects(answers(copy, vault, keyId, answersOf), /was put back to an older state/)
  })
})
