import type { Entry } from '../directory/table-cache.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { memberOf, withoutReplica } from '../keys/multi-region.ts'
import type { KeyRecord } from '../keys/record.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Store } from '../storage/store.ts'
import { DAY_MS } from './new-key.ts'
import { relatedKeys, rewriteKey } from './related-keys.ts'

/**
 * Adds to `changes` that a replica is gone, in what the keys that are related to it know. The waiting period of a primary
 * key that waited for its last replica begins now (AWS KMS Developer Guide, "Deleting multi-Region keys").
 */
export async function leaveFamily(
  replica: KeyRecord,
  nowMs: number,
  context: { store: Store; hierarchy: Hierarchy },
  changes: Changeset,
): Promise<void> {
  if (replica.multiRegion === undefined) return
  const family = withoutReplica(replica.multiRegion, replica.region)
  for (const key of await relatedKeys(replica, context)) {
    const multiRegion = memberOf(family, key.value.region)
    const change = family.replicaRegions.length === 0 ? windowBegun(key, nowMs) : {}
    await rewriteKey(key, { ...change, multiRegion }, context, changes)
  }
}

function windowBegun({ value: { state, pendingWindowDays } }: Entry<KeyRecord>, nowMs: number): Partial<KeyRecord> {
  if (state !== 'PendingReplicaDeletion' || pendingWindowDays === undefined) return {}
  const deletionMs = nowMs + pendingWindowDays * DAY_MS
  return { state: 'PendingDeletion', deletionMs, pendingWindowDays: undefined }
}
