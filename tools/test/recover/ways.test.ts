/** The offline reader opens a root by the ways of a data folder. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { openRoots } from '../../recover/roots.ts'
import { wayKeyOf } from '../../recover/shares.ts'
import type { Way } from '../../recover/ways.ts'
import { NUMBERS } from '../../recover/words.ts'
import { fileKind } from '../../../packages/server/src/vault/root/ways/file.ts'
import { passphraseKindWith } from '../../../packages/server/src/vault/root/ways/passphrase.ts'
import { folderOfWays, withRecipient } from '../../../packages/server/test/support/ways.ts'

for (const form of ['hybrid', 'x25519'] as const) {
  test(`the offline reader opens the ways of a root file and of an age identity: ${form}`, async () => {
    await using there = await folderOfWays()
    const { identity } = await withRecipient(there, form)
    const file = there.beside('file.root')
    await there.add({ kind: fileKind, settings: { file }, name: 'file', form })
    const [byFile] = openRoots(there.folder, { rootFile: file })
    const [byIdentity] = openRoots(there.folder, { identity })
    assert.deepEqual(byFile, byIdentity)
    assert.deepEqual([byFile?.id, byFile?.generation], [there.root.id, there.root.generation])
  })
}

test('the offline reader opens the way of a passphrase, and no other', async () => {
  await using there = await folderOfWays()
  const kind = passphraseKindWith(() => Promise.resolve({ memoryKiB: 65_536, passes: 3, lanes: 1 }))
  const [right, wrong] = [there.beside('right'), there.beside('wrong')]
  writeFileSync(right, 'correct horse battery\n', { mode: 0o600 })
  writeFileSync(wrong, 'correct horse batter\n', { mode: 0o600 })
  await there.add({ kind, settings: {}, name: 'passphrase', answers: { passphraseFile: right } })
  assert.equal(openRoots(there.folder, { passphraseFile: right })[0]?.id, there.root.id)
  assert.throws(() => openRoots(there.folder, { passphraseFile: wrong }), /The passphrase is not that of the way/)
})

test('the offline reader warns of a way that another program changed', async (t) => {
  await using there = await folderOfWays()
  const { identity, way } = await withRecipient(there)
  const warned = t.mock.method(console, 'error', () => {})
  openRoots(there.folder, { identity })
  assert.equal(warned.mock.callCount(), 0)
  const path = join(there.folder, 'root', `${way.id}.json`)
  writeFileSync(path, (await readFile(path, 'utf8')).replace(`"${way.name}"`, '"renamed"'))
  openRoots(there.folder, { identity })
  assert.match(String(warned.mock.calls[0]?.arguments[0]), /renamed is not as Keyhold wrote it/)
})

/** The vectors have a way key, and what shares combine to it. */
const { rootId, wayId, wayKey, parameters, shares } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../vectors/recovery-shares/version-1.json'), 'utf8'),
) as SharesVector

interface SharesVector {
  rootId: string
  wayId: string
  wayKey: string
  parameters: Record<string, string>
  shares: { index: number; line: string; words: string }[]
}

const WAY: Way = {
  id: wayId,
  kind: 'shares',
  name: 'recovery',
  rootId,
  createdMs: 0,
  recipient: '',
  generations: [1],
  root: '',
  parameters,
  mac: '',
}

describe('the offline reader combines recovery shares', () => {
  for (const form of ['line', 'words'] as const) {
    test(`from their ${form}: any three of five, and no two`, () => {
      for (const [a, b, c] of [
        [0, 1, 2],
        [4, 2, 0],
        [1, 3, 4],
      ] as const) {
        const three = [a, b, c].map((at) => ({ from: String(at), text: shares[at]?.[form] ?? '' }))
        assert.equal(wayKeyOf(WAY, three).toString('hex'), wayKey)
        assert.throws(() => wayKeyOf(WAY, three.slice(1)), /takes 3 shares, and 2 were given/)
        const repeated = three.map((one) => ({ ...one, text: three[0]?.text ?? '' }))
        assert.throws(() => wayKeyOf(WAY, repeated), /takes 3 shares, and 1 were given/)
      }
    })
  }

  test('and names one that is damaged, of another set or of another root', () => {
    const texts = shares.map(({ index, line, words }) => ({ from: `share ${index}`, text: index === 1 ? line : words }))
    const damaged = texts.with(0, { from: 'share 1', text: texts[0]?.text.replace(/.$/, 'A') ?? '' })
    assert.throws(() => wayKeyOf(WAY, damaged), /share 1 is damaged/)
    const misread = texts.with(2, { from: 'share 3', text: texts[2]?.text.replace(/\w+$/, 'zoo') ?? '' })
    assert.throws(() => wayKeyOf(WAY, misread), /share 3 is damaged: row 8 has a wrong word/)
    assert.throws(() => wayKeyOf({ ...WAY, id: rootId }, texts), /share 1 is a share of another set/)
    assert.throws(() => wayKeyOf({ ...WAY, rootId: wayId }, texts), /share 1 is a share of another root/)
  })

  test('and knows the words of BIP-39 by their first four letters', () => {
    assert.deepEqual(
      [...NUMBERS.keys()],
      wordlist.map((word) => word.slice(0, 4)),
    )
  })
})
