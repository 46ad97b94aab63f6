import assert from 'node:assert/strict'
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bech32 } from '@scure/base'
import { systemRandom } from '../../../../src/crypto/random.ts'
import { withNewestGeneration, withNextGeneration } from '../../../../src/vault/root/keyed-root.ts'
import { reportFalseWays } from '../../../../src/vault/root/providers.ts'
import { requireGenuine, rewriteWay } from '../../../../src/vault/root/ways/change-ways.ts'
import { readWays } from '../../../../src/vault/root/ways/folder.ts'
import { recipientKind } from '../../../../src/vault/root/ways/recipient.ts'
import { judge, type StoredWay } from '../../../../src/vault/root/ways/way.ts'
import { freshWayKey, recipientOf } from '../../../../src/vault/root/ways/way-key.ts'
import { silentLogger } from '../../../support/silent-logger.ts'
import { flipped, folderOfWays, MAIN, newRoot, SPARE, wayFile, withRecipient } from '../../../support/ways.ts'

/** The recipient of the point 0, which no secret key has. */
const NO_ONES = bech32.encodeFromBytes('age', new Uint8Array(32))
test('nothing is encrypted to a recipient that someone slipped in, and each change of a way is noticed', async () => {
  await using there = await folderOfWays()
  await using other = await folderOfWays()
  const way = await there.add(MAIN)
  const foreign = await other.add(MAIN)
  const stranger = await recipientOf(freshWayKey('x25519', systemRandom))
  const changes: readonly Partial<StoredWay>[] = [
    { recipient: stranger },
    { root: foreign.root },
    { name: 'other' },
    { kind: 'recipient' },
    { createdMs: 1 },
    { generations: [2, 1] },
    { parameters: { file: '/elsewhere' } },
    { parameters: { ...way.parameters, more: '' } },
    { id: foreign.id },
    { mac: foreign.mac },
  ]
  assert.equal(await judge(way, there.root), 'genuine')
  for (const change of changes) {
    const changed = { ...way, ...change }
    assert.equal(await judge(changed, there.root), 'false', JSON.stringify(change))
    await assert.rejects(rewriteWay(changed, { ...there, random: systemRandom }), { code: 'refused' })
  }
  assert.equal(await judge(foreign, there.root), 'false')
  // The way in the folder is as it was: nothing was written.
  assert.deepEqual((await readWays(there.folder)).ways, [way])
})

test('a way whose file was edited opens the root all the same, with a warning', async () => {
  await using there = await folderOfWays()
  const way = await there.add(MAIN)
  await writeFile(wayFile(there, way), JSON.stringify({ format: 1, ...way, name: 'edited' }))
  const warned: string[] = []
  await reportFalseWays(there.folder, await there.open(), {
    ...silentLogger,
    warn: (text, facts) => void warned.push(`${text}: ${String(facts?.['name'])}`),
  })
  assert.deepEqual(warned, ['a way to the root of trust is not as Keyhold wrote it: edited'])
})

test('a rotated root is written to ways that stay shut, and an older way is told apart', async () => {
  await using there = await folderOfWays()
  await there.add(MAIN)
  const { identity, way } = await withRecipient(there)
  const both = withNextGeneration(there.root, systemRandom)
  const rewritten = await rewriteWay(way, { folder: there.folder, root: both, random: systemRandom })
  assert.deepEqual(rewritten.generations, [2, 1])
  assert.equal(rewritten.recipient, way.recipient)
  // The way that holds the newest generation is tried first, if it can be.
  assert.deepEqual((await there.open({ identities: [identity] })).generations, [1])
  await rm(there.beside('main.root'))
  const opened = await there.open({ identities: [identity] })
  assert.deepEqual(opened.generations, [2, 1])
  const second = withNewestGeneration(both, systemRandom)
  await rewriteWay(rewritten, { folder: there.folder, root: both, random: systemRandom })
  assert.equal(await judge(rewritten, second), 'genuine')
  assert.equal(await judge(way, second), 'older')
  await assert.rejects(requireGenuine(way, second), { code: 'refused', message: /no longer has/ })
  assert.equal(await judge(rewritten, there.root), 'false', 'a generation that this root never had')
})

test('names are unique and plain, and recipients are those of age', async () => {
  await using there = await folderOfWays()
  const way = await there.add(MAIN)
  await assert.rejects(there.add({ ...SPARE, name: 'main' }), { code: 'refused', message: /way main already/ })
  for (const name of ['', '../x', 'a b', '-x', 'x'.repeat(65), 'a\n']) {
    await assert.rejects(there.add({ ...SPARE, name }), { code: 'refused' }, name)
  }
  const recipients = [
    '',
    'age1',
    'age1xyz',
    'ssh-ed25519 AAAA',
    way.recipient.toUpperCase(),
    flipped(way.recipient),
    NO_ONES,
  ]
  for (const recipient of recipients) {
    const added = there.add({ kind: recipientKind, settings: { recipient }, name: 'keeper' })
    await assert.rejects(added, { code: 'refused', message: /no recipient of age/ }, recipient)
  }
  await assert.rejects(there.add({ ...MAIN, name: 'again' }), { code: 'exists' })
  assert.deepEqual(await readdir(join(there.folder, 'root')), [`${way.id}.json`])
})

test('two roots with ways in one folder are not mixed', async () => {
  await using there = await folderOfWays()
  await using other = await folderOfWays(newRoot())
  await there.add(MAIN)
  const foreign = await other.add(SPARE)
  await copyFile(wayFile(other, foreign), wayFile(there, foreign))
  await copyFile(other.beside('spare.root'), there.beside('spare.root'))
  assert.equal((await there.open()).id, there.root.id)
  await rm(there.beside('main.root'))
  await assert.rejects(there.open(), { message: /contains the root/ })
})
