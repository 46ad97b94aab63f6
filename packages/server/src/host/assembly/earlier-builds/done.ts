import { Changeset } from '../../../vault/records/changeset.ts'
import type { Records } from '../../../vault/records/records.ts'
import { settingTable } from '../../../vault/records/setting.ts'

/** Whether what an earlier build left in the folder was put right already. Its absence only repeats the work. */
export async function isDone(name: string, records: Records): Promise<boolean> {
  return (await records.get(settingTable, { name })) !== undefined
}

/** Notes that it was. Another process may have done so already. */
export async function noteDone(name: string, records: Records): Promise<void> {
  const changes = new Changeset()
  changes.insert(settingTable, { name, text: '{}' })
  await records.commit(changes)
}
