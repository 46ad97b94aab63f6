import { asOf } from '../../domain/keys/imported.ts'
import type { KeyName, KeyRecord } from '../../domain/keys/record.ts'
import { type Authentic, counting } from './authentic.ts'
import { defineTable, firstPart, fromJson } from './table.ts'

/** What keys and aliases are listed under. */
export type Place = Pick<KeyRecord, 'accountId' | 'region'>

/** When that is due which waits for nothing: before everything that has a date. */
export const AT_ONCE_MS = 0

export const keyTable = defineTable({
  name: 'key',
  id: ({ region, keyId }: KeyName) => `${region}/${keyId}`,
  owner: ({ accountId, region }: Place) => `${accountId}/${region}`,
  dueMs,
  domain: firstPart,
  read: fromJson<KeyRecord>,
  absence:
    'There is no such key, and nothing can be done with it. Where a related key names it, the database is damaged.',
})

/**
 * When a job must look at a key. Only what can be done then is due, so that keys which wait for something else never
 * precede those that are ready.
 */
function dueMs({ state, deletionMs, rotation, multiRegion }: KeyRecord): number | null {
  if (state === 'Creating' || state === 'Updating') return AT_ONCE_MS
  if (deletionMs !== undefined) return deletionMs
  // Replicas get their material from the primary; disabled keys rotate once they are enabled again.
  return state === 'Enabled' && multiRegion?.type !== 'REPLICA' ? (rotation?.nextMs ?? null) : null
}

/** The key as it counts at this moment: from the moment when its imported material expires it cannot be used. */
export function keyAsOf(key: Authentic<KeyRecord>, nowMs: number): Authentic<KeyRecord> {
  return counting(key, asOf(key.value, nowMs))
}
