import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { identityToRecipient, generateHybridIdentity } from 'age-encryption'
import { changeRecipients } from '../../src/admin/operator/backups.ts'
import { restoreFolder } from '../../src/host/assembly/restore.ts'
import { sealedFolder, withVault } from '../../src/host/assembly/open.ts'
import { addWay } from '../../src/vault/root/ways/change-ways.ts'
import { recipientKind } from '../../src/vault/root/ways/recipient.ts'
import { wayOf } from '../../src/vault/root/ways/file.ts'
import { identitiesOfShares } from '../../src/vault/root/ways/shares/identities.ts'
import { sharesKind } from '../../src/vault/root/ways/shares.ts'
import { manualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { scene, type Scene } from './scene.ts'

const LOOK = { use: 'look', logger: silentLogger } as const

interface Kit {
  at: Scene
  /** Restores the newest backup with a recovery identity alone. */
  restore(options?: { newRootFile?: string; from?: string[]; identity?: string }): ReturnType<typeof restoreFolder>
  target: string
  newRoot: string
}

/** A folder whose recovery is an age identity, with one backup. */
async function kit(t: TestContext): Promise<Kit> {
  const at = await scene(t)
  const base = dirname(at.folder)
  const identity = await generateHybridIdentity()
  const file = join(base, 'identity')
  await writeFile(file, `# kept elsewhere\n${identity}\n`, { mode: 0o600 })
  const settings = { recipient: await identityToRecipient(identity) }
  await addWay({ kind: recipientKind, settings, name: 'recovery' }, { ...at.engine, clock: at.clock })
  await at.change('before the backup')
  await at.back()
  return {
    at,
    target: join(base, 'restored'),
    newRoot: join(base, 'new.root'),
    restore: ({ newRootFile, from = [at.to], identity: other } = {}) =>
      restoreFolder({
        from,
        folder: join(base, 'restored'),
        keys: { identities: [other ?? identity], answers: { identities: [file] } },
        clock: at.clock,
        logger: silentLogger,
        ...(newRootFile !== undefined && { newRootFile }),
      }),
  }
}

test('a backup and a recovery identity make the folder again, and a new root file opens it by itself', async (t) => {
  const { at, restore, target, newRoot } = await kit(t)
  const checked = await restore({ newRootFile: newRoot })
  assert.equal(checked.rows > 0, true)
  assert.equal((await stat(target)).mode & 0o777, 0o700)
  assert.deepEqual((await readdir(target)).toSorted(), ['audit', 'keyhold.db', 'keyhold.json', 'root'])
  assert.deepEqual(
    Object.keys((JSON.parse(await readFile(join(target, 'keyhold.json'), 'utf8')) as { root: object }).root),
    ['id'],
  )
  const setting = await withVault(target, { mode: 'serve', ...LOOK }, async ({ store }) =>
    store.get('setting', 'a-setting'),
  )
  assert.equal(setting?.body, 'before the backup')
  assert.equal((await readdir(dirname(target))).includes('restored.restoring'), false)
  await assert.rejects(restore(), { name: 'DataFolderError', message: /not empty/ })
  assert.equal((await stat(at.folder)).isDirectory(), true)
})

test('a folder that has a backup of another root too is refused: anyone who knows a recipient can put one there', async (t) => {
  const { at, restore, target } = await kit(t)
  const stranger = await scene(t)
  await changeRecipients({ add: [at.recipient] }, stranger.context)
  for (const text of ['one', 'two', 'three']) await stranger.change(text)
  const { file } = await stranger.back({ to: at.to })
  await assert.rejects(restore({ identity: at.identity }), { name: 'BackupError', code: 'foreign', message: /several/ })
  await assert.rejects(stat(target), { code: 'ENOENT' })
  const own = (await readdir(at.to)).map((name) => join(at.to, name)).filter((path) => path !== file)
  const { description } = await restore({ from: own })
  assert.equal(description.rootId, at.engine.root.id)
})

test('without a new root file, nothing opens the folder by itself', async (t) => {
  const { restore, target, at } = await kit(t)
  await mkdir(target)
  await restore()
  await withVault({ folder: target, answers: { rootFiles: [at.rootFile] } }, LOOK, async () => undefined)
  assert.ok((await sealedFolder(target)).providers.length > 0)
})

test('a restore that fails leaves nothing, and one that was killed is taken back by the next', async (t) => {
  const { restore, target, newRoot, at } = await kit(t)
  await assert.rejects(restore({ newRootFile: newRoot, identity: await generateHybridIdentity() }), { code: 'locked' })
  assert.equal(
    (await readdir(dirname(target))).some((name) => name.startsWith('restored') || name === 'new.root'),
    false,
  )
  // As a process leaves it that is killed after it made the root file.
  const staging = `${target}.restoring`
  await restore({ newRootFile: newRoot })
  const made = (await wayOf(newRoot)) ?? assert.fail()
  await mkdir(staging)
  execFileSync('mv', [target, join(staging, 'data')])
  const marker = { pid: 999_999_999, newRootFile: newRoot, rootId: at.engine.root.id, ways: [] as string[] }
  await writeFile(join(staging, 'restoring.json'), JSON.stringify(marker))
  await restore({ newRootFile: newRoot })
  assert.notEqual((await wayOf(newRoot))?.wayId, made.wayId)
})

test("what another put in a restore's way is left, and the restore refused", async (t) => {
  const { restore, target, newRoot, at } = await kit(t)
  const staging = `${target}.restoring`
  await mkdir(staging)
  await writeFile(join(staging, 'mine'), 'x')
  await assert.rejects(restore(), /no restore left it/)
  await writeFile(join(staging, 'restoring.json'), JSON.stringify({ pid: process.ppid }))
  await assert.rejects(restore(), /Another process/)
  assert.equal(await readFile(join(staging, 'mine'), 'utf8'), 'x')
  const marker = { pid: 999_999_999, newRootFile: newRoot, rootId: at.engine.root.id, ways: ['another'] }
  await writeFile(join(staging, 'restoring.json'), JSON.stringify(marker))
  await writeFile(newRoot, 'a text of someone else', { mode: 0o600 })
  await assert.rejects(restore({ newRootFile: newRoot }), /exists already/)
  assert.equal(await readFile(newRoot, 'utf8'), 'a text of someone else')
  await symlink('/nowhere', join(dirname(target), 'link'))
})

test('recovery shares and the backup are enough, and too few or foreign ones are named', async (t) => {
  const at = await scene(t)
  const base = dirname(at.folder)
  const texts: string[] = []
  await addWay(
    {
      kind: sharesKind,
      settings: {
        count: 3,
        threshold: 2,
        deliver: async (shares) => void texts.push(...shares.map(({ line }) => line)),
      },
      name: 'recovery',
    },
    { ...at.engine, clock: at.clock },
  )
  await changeRecipients({ remove: [at.recipient] }, at.context)
  await at.back()
  const given = texts.map((text, index) => ({ from: `share ${index + 1}`, text }))
  await assert.rejects(identitiesOfShares(given.slice(0, 1)), {
    name: 'RootError',
    code: 'wanting',
    message: /2 shares are needed; given are 1/,
  })
  await assert.rejects(identitiesOfShares([{ from: 'x', text: 'nonsense' }]), { name: 'RootError', code: 'wrong' })
  const shares = given.slice(1)
  const keys = { identities: await identitiesOfShares(shares), answers: { shares } }
  const options = { from: [at.to], folder: join(base, 'restored'), keys, clock: manualClock(0), logger: silentLogger }
  assert.equal((await restoreFolder(options)).backups, 1)
})
