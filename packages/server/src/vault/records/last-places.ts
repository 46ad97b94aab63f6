import type { Changeset } from './changeset.ts'
import type { RecordReader } from './records.ts'
import { putSetting, settingTable } from './setting.ts'

interface Context {
  services: { records: RecordReader }
  changes: Changeset
}

/** A quota, and how many places of it are used. */
export interface Places {
  /** What the places belong to, such as a key's grants: the name of a row that creations in the last places write. */
  of: string
  most: number
  /** Places that are assigned one at a time: more than the number of creations that can be in progress at once. */
  last: number
  /** Counts what the store has now, up to `most`. */
  count(): Promise<number>
}

/**
 * Resolves to the present number. If two creations both see one of the last places, both write the same row, so that
 * only one can commit; the other is retried.
 */
export async function countForOneMore(
  { of, most, last, count }: Places,
  { services, changes }: Context,
): Promise<number> {
  const name = lastPlaces(of)
  // Read before the rows are counted: if another creation commits in between, this one is retried.
  const previous = await services.records.get(settingTable, { name })
  const present = await count()
  if (present < most && present + last > most) putSetting({ name, text: '' }, previous, changes)
  return present
}

/**
 * The name of the row that creations in the last places write. It has no content, and is deleted with what the places
 * belong to.
 */
export function lastPlaces(of: string): string {
  return `last-places/${of}`
}

/** What the places of a key's grants belong to. */
export function placesOfGrants(keyRowId: string): string {
  return `grant/${keyRowId}`
}
