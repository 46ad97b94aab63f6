import { stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type BackupRecord, backupTable } from '../vault/records/backup.ts'
import type { Authentic } from '../vault/records/authentic.ts'
import type { Changeset } from '../vault/records/changeset.ts'
import type { RecordReader } from '../vault/records/records.ts'
import { putSetting, type SettingRecord, settingTable } from '../vault/records/setting.ts'
import { everyRow } from '../vault/storage/page.ts'
import { syncFolder } from '../platform/durable-folder.ts'
import type { MadeBackup } from './make-backup.ts'
import type { Base } from './thread/messages.ts'

/** The newest backup, which an incremental one continues. */
export interface Tip extends Base {
  rootGeneration: number
  file: string
  recipients: readonly string[]
  madeMs: number
  /** When the full backup of its chain was made. */
  fullMs: number
}

type CatalogReader = Pick<RecordReader, 'get' | 'list'>

const TIP = { name: 'backup-tip' }
/** After so many in a row, a restore would need too many files. */
export const MAX_CHAIN = 100

export async function readTip(records: CatalogReader): Promise<{ tip?: Tip; row?: Authentic<SettingRecord> }> {
  const row = await records.get(settingTable, TIP)
  return row === undefined ? {} : { tip: JSON.parse(row.value.text) as Tip, row }
}

/** Every backup that is known, oldest first; those that are gone too. */
export async function catalogued(records: Pick<RecordReader, 'list'>): Promise<Authentic<BackupRecord>[]> {
  const rows = await Array.fromAsync(everyRow((page) => records.list(backupTable, page)))
  return rows.toSorted((a, b) => a.value.revision - b.value.revision || a.value.madeMs - b.value.madeMs)
}

/** Adds to `changes` that a backup was made, and is the newest. */
export function recordBackup(
  { description, file, bytes, sha256, isOpened, streams }: MadeBackup,
  { recipients, fullMs, nowMs, previous }: RecordedWith,
  changes: Changeset,
): void {
  const { backupId, chain, base, madeMs, revision, sequence, rootGeneration, domains, schema } = description
  changes.insert(backupTable, {
    backupId,
    chain,
    ...(base && { base: base.backupId }),
    file,
    bytes,
    sha256,
    madeMs,
    revision,
    sequence,
    rootGeneration,
    domains,
    recipients,
    ...(isOpened && { openedMs: nowMs }),
  })
  const tip: Tip = {
    backupId,
    chain,
    sha256,
    revision,
    schema,
    streams,
    rootGeneration,
    file,
    recipients,
    madeMs,
    fullMs,
  }
  putSetting({ ...TIP, text: JSON.stringify(tip) }, previous, changes)
}

export interface RecordedWith {
  recipients: readonly string[]
  fullMs: number
  nowMs: number
  previous: Authentic<SettingRecord> | undefined
}

/** How many backups are kept, and for how long; those that others need are kept besides. */
export interface Retention {
  keep: number
  keepDays?: number | undefined
}

const DAY_MS = 24 * 60 * 60_000

/**
 * The backups that need not be kept: none of the newest `keep`, none younger than `keepDays`, none that one of those continues, and
 * none of the newest chain whose full backup was opened. The newest is that with the newest commit: clocks are wrong at times.
 */
export function superfluous(
  backups: readonly BackupRecord[],
  { keep, keepDays = 0 }: Retention,
  nowMs: number,
): BackupRecord[] {
  const there = backups
    .filter(({ goneMs }) => goneMs === undefined)
    .toSorted((a, b) => b.revision - a.revision || b.madeMs - a.madeMs)
  const byId = new Map(there.map((backup) => [backup.backupId, backup]))
  const opened = there.find(({ chain }) => byId.get(chain)?.openedMs !== undefined)
  const wanted = there.filter(
    (backup, index) =>
      index < Math.max(1, keep) || nowMs - backup.madeMs < keepDays * DAY_MS || backup.chain === opened?.chain,
  )
  const kept = new Set<string>()
  for (const backup of wanted) {
    for (
      let one: BackupRecord | undefined = backup;
      one && !kept.has(one.backupId);
      one = one.base === undefined ? undefined : byId.get(one.base)
    ) {
      kept.add(one.backupId)
    }
  }
  return there.filter(({ backupId }) => !kept.has(backupId))
}

/** Removes a backup's file durably, if it is there and has the size that is known. Returns whether none is there any more. */
export async function removeBackupFile({ file, bytes }: Pick<BackupRecord, 'file' | 'bytes'>): Promise<boolean> {
  const status = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (status === undefined) return true
  if (!status.isFile() || status.size !== bytes) return false
  await unlink(file)
  await syncFolder(dirname(file))
  return true
}

/** Rows of backups that are gone and of no more interest: beyond the newest that are kept for statements about destroyed keys. */
export function forgettable(backups: readonly Authentic<BackupRecord>[]): Authentic<BackupRecord>[] {
  const gone = backups.filter(({ value }) => value.goneMs !== undefined)
  return gone.slice(0, Math.max(0, gone.length - KEPT_GONE))
}

const KEPT_GONE = 1000
