import type { Authentic, Unread } from './authentic.ts'
import type { Changeset } from './changeset.ts'
import { defineTable, global } from './table.ts'

/** A setting of the whole data folder. What the text says is known to the code that the setting belongs to. */
export interface SettingRecord {
  name: string
  text: string
}

export const settingTable = defineTable({
  name: 'setting',
  id: ({ name }: Pick<SettingRecord, 'name'>) => name,
  domain: global,
  read: ({ id, body }): SettingRecord => ({ name: id, text: body }),
  body: ({ text }) => text,
  /** The key that signs the audit log is the only one: `audit/audit-key.ts`. */
  sealedAs: (name) => ({ purpose: 'audit', context: [name] }),
  absence: 'The setting was never made. What was removed is found by the ledger, which counts all rows.',
  dispensable: true,
})

/** Adds to `changes` that a setting replaces `previous`; `undefined`: there must be none yet. Returns it as it is once committed. */
export function putSetting(
  setting: SettingRecord,
  previous: Authentic<SettingRecord> | Unread<SettingRecord> | undefined,
  changes: Changeset,
): Unread<SettingRecord> {
  return previous === undefined ? changes.insert(settingTable, setting) : changes.update(previous, setting)
}
