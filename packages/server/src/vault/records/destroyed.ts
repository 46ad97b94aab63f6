import type { KeyName, KeyRecord } from '../../domain/keys/record.ts'
import { keyTable, type Place } from './key.ts'
import { defineTable, firstPart } from './table.ts'

/** Why material was destroyed: with its key, because a caller asked for it, or because it expired. */
export type DestructionReason = 'KEY_DELETED' | 'REQUESTED' | 'EXPIRED'

/** When material was destroyed, and what its copies could be opened with. */
export interface DestroyedMaterial {
  materialId: string
  /** When the material was made or first imported, in milliseconds since the epoch. */
  createdMs?: number
  destroyedMs: number
  reason: DestructionReason
  /** Of the Region's domain key that sealed it; absent if its row was not authentic. */
  generation?: number
  /** The record in the audit log that was committed with the destruction. */
  eventId: string
}

/**
 * What was destroyed of a key, which is all that stays of a key that was deleted. Of each material only its last
 * destruction: what was imported can be imported again.
 */
export interface DestructionRecord extends KeyName, Place, Pick<KeyRecord, 'spec' | 'origin' | 'createdMs'> {
  /** When the key itself was deleted; absent while it exists. */
  deletedMs?: number
  materials: readonly DestroyedMaterial[]
  /** The Regions of the keys that were related to it when something was destroyed. */
  relatedRegions: readonly string[]
}

export const destroyedTable = defineTable({
  name: 'destroyed',
  id: (key: KeyName) => keyTable.id(key),
  owner: (place: Place) => keyTable.owner(place),
  domain: firstPart,
  read: ({ body }) => JSON.parse(body) as DestructionRecord,
  absence: 'Nothing is said of what was destroyed: there is no certificate. The audit log still has its records.',
})
