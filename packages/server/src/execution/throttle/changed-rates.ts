import type { Changeset } from '../../vault/records/changeset.ts'
import type { Records } from '../../vault/records/records.ts'
import { putSetting, settingTable } from '../../vault/records/setting.ts'

/** Rates that an operator changed, in requests per second by group. */
export type ChangedRates = Readonly<Record<string, number>>

/** The setting that holds them. */
export const SETTING = 'request-rates'

/** Reads the text of the setting, where there is one. */
export function changedRates(text: string | undefined): ChangedRates {
  return text === undefined ? {} : (JSON.parse(text) as ChangedRates)
}

export async function storedRates(records: Records): Promise<ChangedRates> {
  return changedRates((await records.get(settingTable, { name: SETTING }))?.value.text)
}

/** Adds to `changes` another rate of one group; `undefined` gives it its usual one again. */
export async function changeRate(
  { group, perSecond }: { group: string; perSecond: number | undefined },
  records: Records,
  changes: Changeset,
): Promise<void> {
  const previous = await records.get(settingTable, { name: SETTING })
  const rates = { ...changedRates(previous?.value.text), [group]: perSecond }
  putSetting({ name: SETTING, text: JSON.stringify(rates) }, previous, changes)
}
