import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import { readSetting, settingRow } from '../../vault/records/settings.ts'
import type { Row, Store } from '../../vault/storage/store.ts'

/** Rates that an operator changed, in requests per second by group. */
export type ChangedRates = Readonly<Record<string, number>>

/** The row of table `setting` that holds them. */
export const SETTING = 'request-rates'

interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** Reads the body of the setting, where there is one. */
export function changedRates(body: string | undefined): ChangedRates {
  return body === undefined ? {} : (JSON.parse(body) as ChangedRates)
}

export async function storedRates(context: Context): Promise<ChangedRates> {
  return changedRates((await readSetting(SETTING, context))?.body)
}

/** The row that changes the rate of one group; `undefined` gives it its usual one again. */
export async function changedRatesRow(group: string, perSecond: number | undefined, context: Context): Promise<Row> {
  const previous = await readSetting(SETTING, context)
  const rates = { ...changedRates(previous?.body), [group]: perSecond }
  return settingRow(SETTING, JSON.stringify(rates), { previous }, context.hierarchy)
}
