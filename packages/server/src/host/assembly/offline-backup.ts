import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  backUp,
  type BackupDone,
  type BackupOptions,
  backups,
  changeRecipients,
  recipientsOf,
  recordDrill,
} from '../../admin/operator/backups.ts'
import { BackupError } from '../../backup/backup-error.ts'
import { storedRecipients } from '../../backup/recipients.ts'
import { lastDrill, type Drill } from '../../backup/last-drill.ts'
import { standardErrorLogger } from '../../platform/log/line-logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { BackupRecord } from '../../vault/records/backup.ts'
import type { DataFolder } from './open.ts'
import { backupKeys, type GivenKeys } from './backup-keys.ts'
import { asOperator, looking } from './offline-operator.ts'
import { restoreFolder } from './restore.ts'
import { type CheckedBackup, withUnpacked } from './unpacked-backup.ts'

/** What a folder's backups are, and who opens the next ones. */
export interface BackupOverview {
  backups: readonly BackupRecord[]
  /** Those that operators chose, and all that the next backup has: recovery ways, too. */
  chosen: readonly string[]
  recipients: readonly string[]
  drill?: Drill | undefined
}

export interface DrillOptions extends GivenKeys {
  /** The folder that has the backups; that of the newest one by default. */
  from?: string
  /** Where the backup is unpacked, in a folder that is removed afterwards; the system's temporary folder by default. */
  scratch?: string
}

/** The subcommands of `keyhold operator` about backups. */
export const backup = Object.freeze({
  make: (folder: DataFolder, options: BackupOptions): Promise<BackupDone> =>
    asOperator(folder, (context, engine) => backUp(options, { ...engine, ...context, hierarchy: engine.hierarchy })),

  overview: (folder: DataFolder): Promise<BackupOverview> =>
    looking(folder, async (vault) => ({
      backups: await backups(vault),
      chosen: (await storedRecipients(vault)).recipients,
      recipients: await recipientsOf(vault),
      drill: await lastDrill(vault.records),
    })),

  changeRecipients: (
    folder: DataFolder,
    change: { add?: readonly string[]; remove?: readonly string[] },
  ): Promise<readonly string[]> => asOperator(folder, (context) => changeRecipients(change, context)),

  restore: async (
    folder: string,
    { from, newRootFile, ...given }: GivenKeys & { from: readonly string[]; newRootFile?: string },
  ): Promise<CheckedBackup> =>
    restoreFolder({
      from,
      folder,
      keys: await backupKeys(given),
      clock: systemClock,
      logger: standardErrorLogger('warn'),
      ...(newRootFile !== undefined && { newRootFile }),
    }),

  drill,
})

/**
 * Opens the newest backup as a person would who has lost everything else, and takes down that it opened. What the running service
 * opens its root with is not used for that.
 */
async function drill(folder: string, { from, scratch = tmpdir(), ...given }: DrillOptions): Promise<CheckedBackup> {
  const keys = await backupKeys(given)
  const { rootId, newest } = await looking(folder, async (vault) => ({
    rootId: vault.root.id,
    newest: (await backups(vault)).at(-1),
  }))
  if (newest === undefined)
    throw new BackupError('chain', 'There is no backup yet. Make one with: keyhold operator backup')
  const place = await mkdtemp(join(scratch, 'keyhold-drill-'))
  try {
    const how = {
      from: [from ?? dirname(newest.file)],
      folder: place,
      keys,
      rootId,
      logger: standardErrorLogger('warn'),
    }
    const checked = await withUnpacked(how, async (found) => found)
    const { backupId, revision, madeMs } = checked.description
    if (backupId !== newest.backupId) {
      throw new BackupError(
        'chain',
        `The newest backup is ${newest.file}, and the newest that opens there is ${backupId} of revision ${revision}.`,
      )
    }
    // A root of one's own seals anything, also under the ids of another.
    if (checked.sha256 !== newest.sha256) {
      throw new BackupError('foreign', `${newest.file} opens, and is not the file that this data folder made.`)
    }
    await asOperator(folder, (context) => recordDrill({ atMs: systemClock.now(), backupId, madeMs, revision }, context))
    return checked
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}
