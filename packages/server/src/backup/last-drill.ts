import type { Changeset } from '../vault/records/changeset.ts'
import type { RecordReader } from '../vault/records/records.ts'
import { putSetting, settingTable } from '../vault/records/setting.ts'
import { readTip } from './catalog.ts'

/** The last drill that succeeded. */
export interface Drill {
  atMs: number
  backupId: string
  /** When that backup was made, and its newest commit. */
  madeMs: number
  revision: number
}

const SETTING = { name: 'backup-drill' }

export async function lastDrill(records: Pick<RecordReader, 'get'>): Promise<Drill | undefined> {
  const row = await records.get(settingTable, SETTING)
  return row && (JSON.parse(row.value.text) as Drill)
}

/** Adds to `changes` that a drill succeeded. */
export async function putDrill(drill: Drill, records: Pick<RecordReader, 'get'>, changes: Changeset): Promise<void> {
  putSetting({ ...SETTING, text: JSON.stringify(drill) }, await records.get(settingTable, SETTING), changes)
}

/** When the newest backup was made and when one was last tried; 0 if that never was. */
export async function backupTimes(
  records: Pick<RecordReader, 'get' | 'list'>,
): Promise<{ madeMs: number; drilledMs: number }> {
  const [{ tip }, drill] = await Promise.all([readTip(records), lastDrill(records)])
  return { madeMs: tip?.madeMs ?? 0, drilledMs: drill?.atMs ?? 0 }
}
