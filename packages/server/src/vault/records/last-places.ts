import type { Changeset } from './changeset.ts'
import type { Records } from './records.ts'
import { putSetting, settingTable } from './setting.ts'

interface Context {
  services: { records: Records }
  changes: Changeset
}

/** How many of something there may be, and how many there are. */
export interface Places {
  /** Whose places they are, such as a key's grants: the name of a row that creations of the last ones write. */
  of: string
  most: number
  /** Places that are given away one after the other: more than creations can be under way at once. */
  last: number
  /** Counts what the store has now, and no further than `most`. */
  count(): Promise<number>
}

/**
 * Resolves to how many there are already. Of two creations that both see one of the last places, the row that both write
 * lets one commit; the other starts over.
 */
export async function countForOneMore(
  { of, most, last, count }: Places,
  { services, changes }: Context,
): Promise<number> {
  const name = lastPlaces(of)
  // Read before the rows are counted: a creation that commits in between makes this one start over.
  const previous = await services.records.get(settingTable, { name })
  const present = await count()
  if (present < most && present + last > most) putSetting({ name, text: '' }, previous, changes)
  return present
}

/** The name of the row that creations of the last places write. It says nothing, and dies with what has the places. */
export function lastPlaces(of: string): string {
  return `last-places/${of}`
}

/** Whose places a key's grants take. */
export function placesOfGrants(keyRowId: string): string {
  return `grant/${keyRowId}`
}
