/** The offline reader unpacks backups, with recovery shares or an identity alone, and opens what comes out. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { unpackBackup } from '../../recover/backup.ts'
import { identitiesOf, openRoots } from '../../recover/roots.ts'
import { openVault } from '../../recover/vault.ts'
import { addWay } from '../../../packages/server/src/vault/root/ways/change-ways.ts'
import { sharesKind } from '../../../packages/server/src/vault/root/ways/shares.ts'
import { scene } from '../../../packages/server/test/backup/scene.ts'

test('shares and a backup alone open everything', async (t) => {
  const at = await scene(t)
  const base = dirname(at.folder)
  const shares: string[] = []
  const settings = {
    count: 5,
    threshold: 3,
    deliver: (held: readonly { line: string }[]) => {
      for (const [index, { line }] of held.entries()) {
        shares.push(join(base, `share-${index}`))
        writeFileSync(shares[index] ?? '', `${line}\n`)
      }
      return Promise.resolve()
    },
  }
  await addWay({ kind: sharesKind, settings, name: 'recovery' }, { ...at.engine, clock: at.clock })
  await at.change('before the backup')
  await at.back()
  const [name = ''] = readdirSync(at.to)
  const to = join(base, 'unpacked')
  const have = { shares: shares.slice(1, 4) }
  unpackBackup(join(at.to, name), to, identitiesOf(have))
  const vault = openVault(to, openRoots(to, have))
  assert.deepEqual(vault.faults, [])
  assert.ok(vault.accessKeys.length === 1 && (vault.verified['setting'] ?? 0) > 0)

  assert.throws(
    () => unpackBackup(join(at.to, name), join(base, 'x'), identitiesOf({ shares: shares.slice(3) })),
    /takes 3/,
  )
  const bytes = readFileSync(join(at.to, name))
  for (const cut of [1, 17, 65_536 + 16, bytes.byteLength / 2]) {
    writeFileSync(join(base, 'cut'), bytes.subarray(0, -Math.floor(cut)))
    assert.throws(() => unpackBackup(join(base, 'cut'), join(base, `cut-${cut}`), identitiesOf(have)), String(cut))
  }
})
