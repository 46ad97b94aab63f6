import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemRandom } from '../../../src/crypto/random.ts'
import { initialize, operator, queryFolder } from '../../../src/index.ts'
import { recipientsOf } from '../../../src/admin/operator/backups.ts'
import { withVault } from '../../../src/host/assembly/open.ts'
import { readManifest } from '../../../src/vault/storage/data-folder.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { freshWayKey, identityOf, recipientOf } from '../../../src/vault/root/ways/way-key.ts'

const form = 'x25519'

test('status lists every way, with what is wrong and what is lost with one thing more', async (t) => {
  const { folder, root, at } = await vault(t)
  const before = await operator.rootStatus(folder, { check: false })
  assert.deepEqual(shown(before), [{ name: 'root-file', kind: 'root-file-1', state: 'good', opens: true }])
  assert.equal(before.generation, 1)
  assert.match(before.warnings.join(' '), /one way to the root.*no recovery/)

  const { recipient } = await keeper(at('keeper'))
  await operator.addRootWay(folder, { kind: 'recipient', name: 'keeper', settings: { recipient } })
  const spare = await operator.addRootWay(folder, {
    kind: 'file',
    name: 'spare',
    form,
    settings: { file: at('spare') },
  })
  const file = join(folder, 'root', `${spare.id}.json`)
  const sound = await readFile(file, 'utf8')
  const listed = await operator.rootStatus(folder, { check: true })
  assert.deepEqual(shown(listed), [
    { name: 'root-file', kind: 'root-file-1', state: 'good', opens: true },
    { name: 'keeper', kind: 'recipient', state: 'good', opens: undefined },
    { name: 'spare', kind: 'file', state: 'good', opens: true },
  ])
  assert.deepEqual(listed.warnings, [])
  assert.deepEqual(
    listed.ways.map(({ needsPerson }) => needsPerson),
    [false, true, false],
  )

  await writeFile(file, sound.replace('"name": "spare"', '"name": "edited"'))
  await rm(at('spare'))
  const [, , edited] = (await operator.rootStatus(folder, { check: true })).ways
  assert.partialDeepStrictEqual(edited, { name: 'edited', state: 'changed', opens: false })
  await writeFile(file, 'no way')
  const [, , damaged] = (await operator.rootStatus(folder, { check: false })).ways
  assert.partialDeepStrictEqual(damaged, { id: spare.id, state: 'unusable' })
  // What cannot be used can be removed, by its id.
  await operator.removeRootWay(folder, { way: spare.id })
  assert.equal((await operator.rootStatus(folder, { check: false })).ways.length, 2)
  assert.ok(await stat(root))
})

test('status says when a way opened the root last', async (t) => {
  const { folder, root, at } = await vault(t)
  const way = await operator.addRootWay(folder, { kind: 'file', name: 'spare', form, settings: { file: at('spare') } })
  const opened = async (): Promise<number | undefined> =>
    (await operator.rootStatus(folder, { check: false })).ways.find(({ id }) => id === way.id)?.openedMs
  await rm(root)
  assert.equal(await opened(), undefined)
  const beforeMs = Date.now()
  await operator.addRegion(folder, 'dc-north-1')
  const openedMs = await opened()
  assert.ok(openedMs !== undefined && openedMs >= beforeMs && openedMs <= Date.now())
  for (const text of ['', 'soon\n', '-1\n']) {
    await writeFile(join(folder, 'root', `${way.id}.opened`), text)
    assert.equal(await opened(), undefined)
  }
})

test('the last way that opens the root cannot be removed', async (t) => {
  const { folder, root, at } = await vault(t)
  const refused = { code: 'refused', message: /No other way opens the root, so root-file stays/ }
  await assert.rejects(operator.removeRootWay(folder, { way: 'root-file' }), refused)
  await operator.addRootWay(folder, { kind: 'file', name: 'spare', form, settings: { file: at('spare') } })
  await copyFile(at('spare'), at('kept'))
  await rm(at('spare'))
  // The other way is there, and does not open.
  await assert.rejects(operator.removeRootWay(folder, { way: 'root-file' }), {
    ...refused,
    message: /spare does not exist/,
  })
  await assert.rejects(operator.removeRootWay(folder, { way: 'none' }), { code: 'refused', message: /no way "none"/ })
  await copyFile(at('kept'), at('spare'))
  const removed = await operator.removeRootWay(folder, { way: 'root-file' })
  assert.equal(removed.id, root)
  assert.match(removed.warnings.join(' '), /one way to the root/)
  await rm(root)
  assert.equal((await operator.accounts(folder)).length, 1)
  const { rootId } = await operator.rootStatus(folder, { check: false })
  assert.deepEqual((await readManifest(folder)).root, { id: rootId })
  const events = await Array.fromAsync(queryFolder(folder, { event: 'RemoveRootWay' }))
  assert.deepEqual(
    events.map(({ requestParameters }) => requestParameters),
    [{ wayId: root, kind: 'root-file-1', name: 'root-file', description: `root file ${root}` }],
  )
})

test('a way that waits for a person is enough to remove another, with a warning', async (t) => {
  const { folder, root, at } = await vault(t)
  const { recipient, identity } = await keeper(at('keeper'))
  await operator.addRootWay(folder, { kind: 'recipient', name: 'keeper', settings: { recipient } })
  const { warnings } = await operator.removeRootWay(folder, { way: root })
  assert.match(warnings.join(' '), /Every way needs a person/)
  await assert.rejects(operator.accounts(folder), { code: 'wanting' })
  assert.equal((await operator.accounts({ folder, answers: { identities: [identity] } })).length, 1)
})

test('a removed way whose file is put back gets neither a new root nor backups', async (t) => {
  const { folder, at } = await vault(t)
  const spare = await operator.addRootWay(folder, {
    kind: 'file',
    name: 'spare',
    form,
    settings: { file: at('spare') },
  })
  const file = join(folder, 'root', `${spare.id}.json`)
  await copyFile(file, at('copy'))
  const { recipient } = await keeper(at('keeper'))
  const kept = await operator.addRootWay(folder, { kind: 'recipient', name: 'keeper', settings: { recipient } })
  const keeperFile = join(folder, 'root', `${kept.id}.json`)
  await copyFile(keeperFile, at('keeper.copy'))
  const recipients = (): Promise<string[]> => withVault(folder, { use: 'look', logger: silentLogger }, recipientsOf)
  assert.deepEqual(await recipients(), [recipient])
  await operator.removeRootWay(folder, { way: 'keeper' })
  await operator.removeRootWay(folder, { way: 'spare', destroy: true })
  await assert.rejects(stat(at('spare')), { code: 'ENOENT' })
  await copyFile(at('copy'), file)
  await copyFile(at('keeper.copy'), keeperFile)
  assert.deepEqual(await recipients(), [])
  const back = (await operator.rootStatus(folder, { check: false })).ways.find(({ id }) => id === spare.id)
  assert.partialDeepStrictEqual(back, { id: spare.id, state: 'removed' })
  await assert.rejects(operator.rotateRoot(folder), { code: 'refused', message: /its file is there again/ })
  for (const { id } of [spare, kept]) await operator.removeRootWay(folder, { way: id })
  assert.equal((await operator.rotateRoot(folder)).generation, 2)
})

test('a root file of an earlier build is moved to one that a rotation leaves as it is', async (t) => {
  const { folder, root, at } = await vault(t)
  const { added, removed } = await operator.moveRootWay(folder, { way: 'root-file', file: at('moved') })
  assert.deepEqual([added.name, removed.kind], ['root-file', 'root-file-1'])
  await rm(root)
  const kept = await readFile(at('moved'))
  assert.equal((await operator.rotateRoot(folder)).generation, 2)
  assert.deepEqual(await readFile(at('moved')), kept)
  // Once more, to another place: the name stays, and the old file opens nothing.
  const again = await operator.moveRootWay(folder, { way: 'root-file', file: at('again') })
  assert.equal(again.removed.id, added.id)
  await rm(at('moved'))
  assert.deepEqual(shown(await operator.rootStatus(folder, { check: true })), [
    { name: 'root-file', kind: 'file', state: 'good', opens: true },
  ])
  await assert.rejects(operator.moveRootWay(folder, { way: 'root-file', file: at('again') }), { code: 'exists' })
  assert.equal((await readdir(join(folder, 'root'))).filter((name) => name.endsWith('.json')).length, 1)
})

async function vault(t: TestContext): Promise<{ folder: string; root: string; at(name: string): string }> {
  const base = await mkdtemp(join(tmpdir(), 'keyhold-change-ways-'))
  t.after(() => rm(base, { recursive: true }))
  const [folder, root] = [join(base, 'data'), join(base, 'data.root')]
  await initialize({ folder, rootFile: root, recovery: 'none' })
  return { folder, root, at: (name) => join(base, name) }
}

async function keeper(identity: string): Promise<{ recipient: string; identity: string }> {
  const key = freshWayKey(form, systemRandom)
  await writeFile(identity, `${await identityOf(key)}\n`, { mode: 0o600 })
  return { recipient: await recipientOf(key), identity }
}

function shown({ ways }: Awaited<ReturnType<typeof operator.rootStatus>>): unknown[] {
  return ways.map(({ name, kind, state, opens }) => ({ name, kind, state, opens }))
}
