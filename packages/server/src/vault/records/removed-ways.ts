import type { Changeset } from './changeset.ts'
import type { Records } from './records.ts'
import { putSetting, settingTable } from './setting.ts'

/**
 * The ways to the root that operators removed. A way's file is authentic for as long as its root is; so the database, which shows
 * when it was put back, says which of them count no more: nothing is encrypted to their recipients.
 */
const NAME = 'removed-root-ways'
/** What was removed longest ago is forgotten first: by then the root was rotated. */
const MOST = 1000

/** The ids of the ways that were removed. */
export async function removedWays(records: Records): Promise<ReadonlySet<string>> {
  const stored = await records.get(settingTable, { name: NAME })
  return new Set(stored === undefined ? [] : (JSON.parse(stored.value.text) as string[]))
}

/** Adds to `changes` that a way is removed. */
export async function putRemovedWay(id: string, records: Records, changes: Changeset): Promise<void> {
  const stored = await records.get(settingTable, { name: NAME })
  const before = stored === undefined ? [] : (JSON.parse(stored.value.text) as string[])
  const ids = [...before.filter((one) => one !== id), id].slice(-MOST)
  putSetting({ name: NAME, text: JSON.stringify(ids) }, stored, changes)
}
