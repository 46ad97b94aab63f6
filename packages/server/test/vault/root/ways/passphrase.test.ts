import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../../src/crypto/random.ts'
import { RootError } from '../../../../src/vault/root/root-error.ts'
import { passphraseKindWith } from '../../../../src/vault/root/ways/passphrase.ts'
import { tunedCost } from '../../../../src/vault/root/ways/tune.ts'
import { wayProvider } from '../../../../src/vault/root/ways/open-way.ts'
import type { WayParameters } from '../../../../src/vault/root/ways/way.ts'
import { type FolderOfWays, folderOfWays } from '../../../support/ways.ts'

const kind = passphraseKindWith(() => Promise.resolve({ memoryKiB: 16, passes: 1, lanes: 1 }))
const POSIX_ONLY = { skip: process.platform === 'win32' ? 'Windows has no such permissions' : false }
const PASSPHRASE = 'correct horse battery'

const typing = (text: string) => (): Promise<Secret> => Promise.resolve(Secret.of(Buffer.from(text)))

test('a passphrase opens the root, typed or in a file, and no other does', POSIX_ONLY, async () => {
  await using there = await folderOfWays()
  const way = await there.add({ kind, settings: {}, name: 'words', answers: { passphrase: typing(PASSPHRASE) } })
  assert.deepEqual(Object.keys(way.parameters).toSorted(), ['lanes', 'memoryKiB', 'passes', 'salt', 'sealed'])
  assert.equal((await there.open({ passphrase: typing(PASSPHRASE) })).id, there.root.id)
  for (const end of ['', '\n', '\r\n']) {
    assert.equal((await there.open({ passphraseFile: await file(there, PASSPHRASE + end) })).id, there.root.id)
  }
  for (const wrong of ['', 'correct horse batterY', `${PASSPHRASE} `, ` ${PASSPHRASE}`, `${PASSPHRASE}\n\n`]) {
    await assert.rejects(there.open({ passphraseFile: await file(there, wrong) }), { code: 'wrong' }, wrong)
    await assert.rejects(there.open({ passphrase: typing(wrong) }), { code: 'wrong' }, wrong)
  }
  await assert.rejects(there.open(), { code: 'wanting', message: /--passphrase-file/ })
  await assert.rejects(there.open({ passphrase: () => Promise.resolve(undefined) }), { code: 'wanting' })
  await assert.rejects(there.open({ passphraseFile: there.beside('none') }), { code: 'missing' })
  const lax = await file(there, PASSPHRASE)
  await chmod(lax, 0o644)
  await assert.rejects(there.open({ passphraseFile: lax }), { code: 'permissions' })
})

test('a way that names its passphrase file opens without a person', async () => {
  await using there = await folderOfWays()
  await file(there, PASSPHRASE)
  const way = await there.add({ kind, settings: { file: '../passphrase' }, name: 'words' })
  assert.equal(way.parameters['file'], '../passphrase')
  assert.equal((await there.open()).id, there.root.id)
})

test('what was sealed for one way opens for no other, and damage is a refusal', async () => {
  await using there = await folderOfWays()
  const answers = { passphrase: typing(PASSPHRASE) }
  const way = await there.add({ kind, settings: {}, name: 'words', answers })
  const other = await there.add({ kind, settings: {}, name: 'others', answers })
  const opening = { folder: there.folder, random: systemRandom, answers }
  const refused = async (parameters: WayParameters, code: string): Promise<void> => {
    const changed = wayProvider({ ...way, parameters }, opening).unseal(there.root.id)
    await assert.rejects(
      changed,
      (error) => error instanceof RootError && error.code === code,
      JSON.stringify(parameters),
    )
  }
  const sound = way.parameters
  await wayProvider(way, opening).unseal(there.root.id)
  await refused(other.parameters, 'wrong')
  await refused({ ...sound, salt: other.parameters['salt'] ?? '' }, 'wrong')
  await refused({ ...sound, sealed: '' }, 'wrong')
  await refused({ ...sound, passes: '2' }, 'wrong')
  for (const [name, value] of [
    ['memoryKiB', '4194305'],
    ['memoryKiB', '0'],
    ['memoryKiB', '7'],
    ['memoryKiB', '1e3'],
    ['passes', '1001'],
    ['passes', ''],
    ['lanes', '65'],
    ['lanes', '-1'],
  ] as const) {
    await refused({ ...sound, [name]: value }, 'damaged')
  }
})

test('a short passphrase is refused when the way is made, and nothing is left', async () => {
  await using there = await folderOfWays()
  for (const text of ['', 'eleven byte']) {
    const made = there.add({ kind, settings: {}, name: 'words', answers: { passphrase: typing(text) } })
    await assert.rejects(made, { code: 'refused', message: /at least 12/ })
  }
  await assert.rejects(there.add({ kind, settings: {}, name: 'words' }), { code: 'wanting' })
  await assert.rejects(there.open(), { code: 'missing' })
})

test('the cost is about a second, with at least 64 MiB and three passes', async () => {
  const MIB = 1024
  // Milliseconds that a pass over a MiB takes, and what is chosen.
  for (const [perMib, memoryMib, passes] of [
    [0.1, 256, 39],
    [1, 256, 4],
    [1.3, 256, 3],
    [2, 128, 4],
    [4, 64, 4],
    [100, 64, 3],
    [0, 256, 64],
  ] as const) {
    const measured: number[] = []
    const cost = await tunedCost((memoryKiB) => {
      measured.push(memoryKiB / MIB)
      return Promise.resolve((memoryKiB / MIB) * perMib)
    })
    assert.deepEqual(cost, { memoryKiB: memoryMib * MIB, passes, lanes: 4 }, String(perMib))
    assert.equal(measured.at(-1), memoryMib)
  }
})

async function file(there: FolderOfWays, text: string): Promise<string> {
  const path = there.beside('passphrase')
  await writeFile(path, text, { mode: 0o600 })
  return path
}
