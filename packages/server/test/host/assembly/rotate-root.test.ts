import assert from 'node:assert/strict'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemRandom } from '../../../src/crypto/random.ts'
import { initializeFolder } from '../../../src/host/assembly/initialize.ts'
import { sealedFolder, withVault } from '../../../src/host/assembly/open.ts'
import { rotateRoot } from '../../../src/host/assembly/rotate-root.ts'
import { operator } from '../../../src/host/assembly/offline-operator.ts'
import { verifyFolder } from '../../../src/host/assembly/main.ts'
import { fileRoot } from '../../../src/vault/root/file-root.ts'
import { unsealByAny } from '../../../src/vault/root/providers.ts'
import { addWay } from '../../../src/vault/root/ways/change-ways.ts'
import { fileKind } from '../../../src/vault/root/ways/file.ts'
import { readWays, writeWay } from '../../../src/vault/root/ways/folder.ts'
import { recipientKind } from '../../../src/vault/root/ways/recipient.ts'
import { freshWayKey, identityOf, recipientOf } from '../../../src/vault/root/ways/way-key.ts'
import { unsealAccessKey, accessKeyTable } from '../../../src/vault/records/access-key.ts'
import { silentLogger } from '../../support/silent-logger.ts'

interface Rotatable extends AsyncDisposable {
  folder: string
  rootFile: string
  identity: string
}

/** A data folder with a root file of version 1, one of version 2, and a way that only a person's identity opens. */
async function rotatable(): Promise<Rotatable> {
  const base = await fs.mkdtemp(join(tmpdir(), 'keyhold-rotate-'))
  const [folder, rootFile, identity] = [join(base, 'data'), join(base, 'data.root'), join(base, 'identity')]
  const made = await initializeFolder({ folder, rootFile, recovery: 'none', regions: ['eu-central-1'] }, silentLogger)
  made.secretAccessKey.wipe()
  const root = await unsealed(folder)
  const change = { folder, root, random: systemRandom, clock: { now: () => 0 } }
  await addWay({ kind: fileKind, settings: { file: join(base, 'second') }, name: 'second', form: 'x25519' }, change)
  const key = freshWayKey('x25519', systemRandom)
  await fs.writeFile(identity, `${await identityOf(key)}\n`, { mode: 0o600 })
  const settings = { recipient: await recipientOf(key) }
  await addWay({ kind: recipientKind, settings, name: 'keeper', form: 'x25519' }, change)
  await root.destroy()
  return { folder, rootFile, identity, [Symbol.asyncDispose]: () => fs.rm(base, { recursive: true }) }
}

async function unsealed(folder: string, answers = {}) {
  const { providers, rootId } = await sealedFolder({ folder, answers }, 'serve')
  return unsealByAny(providers, rootId, silentLogger)
}

/** Opens the folder as a server does, reads something sealed, and finds the ledger sound. */
async function opens(folder: string): Promise<void> {
  await withVault(folder, { mode: 'serve', use: 'change', logger: silentLogger }, async (vault) => {
    assert.deepEqual(vault.inspected?.problems, [])
    const [key] = await vault.records.list(accessKeyTable, { limit: 1 })
    const secret = await unsealAccessKey(key ?? assert.fail(), vault.hierarchy)
    assert.equal(secret.reveal().byteLength, 40)
    assert.deepEqual((await vault.store.inspectLedger()).problems, [])
  })
}

/** Everything that holds the root holds this generation alone. */
async function assertHeld({ folder, rootFile, identity }: Rotatable, generation: number): Promise<void> {
  const { ways } = await readWays(folder)
  assert.deepEqual(
    ways.map(({ generations }) => generations),
    [[generation], [generation]],
  )
  const { rootId } = await sealedFolder(folder, 'serve')
  const ofFile = await fileRoot(rootFile, systemRandom).unseal(rootId)
  await fs.rename(rootFile, `${rootFile}.away`)
  const ofSecond = await unsealed(folder)
  const ofPerson = await unsealed(folder, { identities: [identity] })
  await fs.rename(`${rootFile}.away`, rootFile)
  for (const root of [ofFile, ofSecond, ofPerson]) assert.deepEqual(root.generations, [generation])
}

test('a rotated root is in every way, opens everything, and the one before opens nothing', async () => {
  await using there = await rotatable()
  const { folder, rootFile } = there
  const before = await fs.readFile(rootFile)
  assert.deepEqual(await operator.rotateRoot(folder), { generation: 2, resumed: false })
  await opens(folder)
  await assertHeld(there, 2)
  assert.deepEqual((await verifyFolder(folder)).problems, [])
  const after = await fs.readFile(rootFile)
  const { ways } = await readWays(folder)
  await fs.writeFile(rootFile, before)
  await assert.rejects(operator.domains(folder), /not as Keyhold left it|did not write the ledger|domain key/)
  await fs.writeFile(rootFile, after)
  assert.deepEqual(await operator.rotateRoot(folder), { generation: 3, resumed: false })
  await opens(folder)
  await assertHeld(there, 3)
  // A way as it was before the rotation, put back: nothing is encrypted to it, and its root opens nothing.
  await writeWay(folder, ways[0] ?? assert.fail(), systemRandom)
  await assert.rejects(rotateRoot(folder, silentLogger), /holds only generations that the root no longer has/)
})

test('a rotation is refused, and changes nothing, while another process has the folder open', async () => {
  await using there = await rotatable()
  const { folder } = there
  await withVault(folder, { mode: 'serve', use: 'change', logger: silentLogger }, async (vault) => {
    await assert.rejects(rotateRoot(folder, silentLogger), /has the folder open/)
    assert.deepEqual((await vault.store.inspectLedger()).problems, [])
  })
  await opens(folder)
  await assertHeld(there, 1)
  assert.deepEqual(await rotateRoot(folder, silentLogger), { generation: 2, resumed: false })
  await opens(folder)
  await assertHeld(there, 2)
})

test('a rotation is refused, and changes nothing, where a root file is not there or a way was changed', async () => {
  await using there = await rotatable()
  const { folder, rootFile } = there
  await fs.rename(rootFile, `${rootFile}.away`)
  await assert.rejects(rotateRoot(folder, silentLogger), /root file/)
  await fs.rename(`${rootFile}.away`, rootFile)
  const { ways } = await readWays(folder)
  const [way] = ways
  await writeWay(folder, { ...(way ?? assert.fail()), name: 'other' }, systemRandom)
  await assert.rejects(rotateRoot(folder, silentLogger), /not as Keyhold wrote it/)
  await writeWay(folder, way ?? assert.fail(), systemRandom)
  await assertHeld(there, 1)
  await opens(folder)
})

test('a rotation that dies before or after any of its files is replaced is finished by the next call', async (t) => {
  await using there = await rotatable()
  const { folder } = there
  let [dies, points] = [true, 0]
  for (let at = 1; dies; at++) {
    for (const when of ['before', 'after'] as const) {
      let renames = 0
      const { rename } = fs
      const mocked = t.mock.method(fs, 'rename', async (...args: Parameters<typeof rename>) => {
        renames++
        if (renames > at || (renames === at && when === 'before')) throw new Error('killed')
        await rename(...args)
        if (renames === at) throw new Error('killed')
      })
      syncBuiltinESMExports()
      await rotateRoot(folder, silentLogger).catch((error: Error) => assert.match(String(error.cause), /killed/))
      mocked.mock.restore()
      syncBuiltinESMExports()
      dies = renames >= at
      if (dies) points++
      await opens(folder)
      const { generation } = await rotateRoot(folder, silentLogger)
      await opens(folder)
      await assertHeld(there, generation)
    }
  }
  assert.ok(points >= 12, `only ${points} points`)
})
