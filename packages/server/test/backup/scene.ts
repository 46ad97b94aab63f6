import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import {
  backUp,
  type BackupContext,
  type BackupDone,
  type BackupOptions,
  changeRecipients,
} from '../../src/admin/operator/backups.ts'
import { type Engine, openEngine, sealedFolder } from '../../src/host/assembly/open.ts'
import { initializeFolder } from '../../src/host/assembly/initialize.ts'
import { type CheckedBackup, withUnpacked } from '../../src/host/assembly/unpacked-backup.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { putSetting, settingTable } from '../../src/vault/records/setting.ts'
import { manualClock, type ManualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

/** A data folder of `init` that is open, a folder for its backups, and who can open those. */
export interface Scene {
  engine: Engine
  clock: ManualClock
  context: BackupContext
  folder: string
  rootFile: string
  /** Where backups go. */
  to: string
  identity: string
  recipient: string
  back(options?: Partial<BackupOptions>): Promise<BackupDone>
  /** A change, so that the next backup has something. */
  change(text: string): Promise<void>
  /** Unpacks into a new folder; the result is what was checked, and what the changes said last. */
  open(
    from: readonly string[],
    keys?: { identity?: string; rootFile?: string },
  ): Promise<{ checked: CheckedBackup; text: string | undefined; folder: string }>
}

const SETTING = { name: 'a-setting' }

export async function scene(t: TestContext): Promise<Scene> {
  const base = await mkdtemp(join(tmpdir(), 'keyhold-backup-'))
  const at = (name: string): string => join(base, name)
  const { mkdir } = await import('node:fs/promises')
  await mkdir(at('backups'))
  await initializeFolder({ folder: at('data'), rootFile: at('root'), recovery: 'none' }, silentLogger)
  const clock = manualClock(Date.now())
  const options = { use: 'change', clock, durability: 'write', logger: silentLogger } as const
  const engine = await openEngine(await sealedFolder(at('data'), 'serve'), options)
  t.after(async () => {
    await engine.close()
    await rm(base, { recursive: true })
  })
  const identity = await generateX25519Identity()
  const recipient = await identityToRecipient(identity)
  const context: BackupContext = { ...engine, operator: { user: 'test' } }
  await changeRecipients({ add: [recipient] }, context)
  let opened = 0
  return {
    engine,
    clock,
    context,
    folder: at('data'),
    rootFile: at('root'),
    to: at('backups'),
    identity,
    recipient,
    back: (given = {}) => backUp({ to: at('backups'), kind: 'full', opens: true, ...given }, context),
    async change(text) {
      const changes = new Changeset()
      putSetting({ ...SETTING, text }, await engine.records.get(settingTable, SETTING), changes)
      await engine.records.commit(changes)
    },
    async open(from, keys = {}) {
      const folder = at(`opened-${(opened += 1)}`)
      await mkdir(folder, { mode: 0o700 })
      const rootFiles = [keys.rootFile ?? at('root')]
      const how = {
        from,
        folder,
        keys: { identities: [keys.identity ?? identity], answers: { rootFiles } },
        logger: silentLogger,
      }
      return withUnpacked(how, async (checked, vault) => {
        const text = (await vault.records.get(settingTable, SETTING))?.value.text
        return { checked, text, folder }
      })
    },
  }
}
