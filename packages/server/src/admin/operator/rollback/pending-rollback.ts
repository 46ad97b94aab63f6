import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { putSetting, type SettingRecord, settingTable } from '../../../vault/records/setting.ts'

const NAME = 'accepted-rollback'

/** The changes that are to be made again since an operator accepted a database that was put back. */
export interface PendingRollback {
  /** The numbers of the first and the last of them. */
  first: number
  last: number
}

/** {@link PendingRollback} with its row. */
export interface StoredPendingRollback extends PendingRollback {
  row: Authentic<SettingRecord>
}

/** An acceptance that was begun and not completed: the database lacks what came later until it is. */
export async function pendingRollback(records: RecordReader): Promise<StoredPendingRollback | undefined> {
  const row = await records.get(settingTable, { name: NAME })
  return row && { ...(JSON.parse(row.value.text) as PendingRollback), row }
}

/** Adds to `changes` that these changes, and those of an acceptance that was not completed, are to be made again. */
export async function putPendingRollback(
  { first, last }: PendingRollback,
  records: RecordReader,
  changes: Changeset,
): Promise<void> {
  const before = await pendingRollback(records)
  const text = JSON.stringify({ first: Math.min(first, before?.first ?? first), last })
  putSetting({ name: NAME, text }, before?.row, changes)
}
