/** The offline reader opens a root by the ways of a data folder. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRoots } from '../../recover/roots.ts'
import { fileKind } from '../../../packages/server/src/vault/root/ways/file.ts'
import { folderOfWays, withRecipient } from '../../../packages/server/test/support/ways.ts'

const NOTHING = { rootFile: undefined, shares: [], identity: undefined, passphraseFile: undefined }

for (const form of ['hybrid', 'x25519'] as const) {
  test(`the offline reader opens the ways of a root file and of an age identity: ${form}`, async () => {
    await using there = await folderOfWays()
    const { identity } = await withRecipient(there, form)
    const file = there.beside('file.root')
    await there.add({ kind: fileKind, settings: { file }, name: 'file', form })
    const [byFile] = await openRoots(there.folder, { ...NOTHING, rootFile: file })
    const [byIdentity] = await openRoots(there.folder, { ...NOTHING, identity })
    assert.deepEqual(byFile, byIdentity)
    assert.deepEqual([byFile?.id, byFile?.generation], [there.root.id, there.root.generation])
  })
}

test('the offline reader warns of a way that another program changed', async (t) => {
  await using there = await folderOfWays()
  const { identity, way } = await withRecipient(there)
  const warned = t.mock.method(console, 'error', () => {})
  await openRoots(there.folder, { ...NOTHING, identity })
  assert.equal(warned.mock.callCount(), 0)
  const path = join(there.folder, 'root', `${way.id}.json`)
  writeFileSync(path, (await readFile(path, 'utf8')).replace(`"${way.name}"`, '"renamed"'))
  await openRoots(there.folder, { ...NOTHING, identity })
  assert.match(String(warned.mock.calls[0]?.arguments[0]), /renamed is not as Keyhold wrote it/)
})
