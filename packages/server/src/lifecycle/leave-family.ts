import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { withoutReplica } from '../keys/multi-region.ts'
import type { KeyRecord } from '../keys/record.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { Store } from '../storage/store.ts'
import { DAY_MS } from './new-key.ts'
import { relatedKeys, rewriteFamily } from './related-keys.ts'

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
  const wasLast = family.replicaRegions.length === 0
  const related = await relatedKeys(replica, context)
  await rewriteFamily(related, family, context, changes, (key) => (wasLast ? windowBegun(key, nowMs) : {}))
}

function windowBegun({ state, pendingWindowDays }: KeyRecord, nowMs: number): Partial<KeyRecord> {
  if (state !== 'PendingReplicaDeletion' || pendingWindowDays === undefined) return {}
  const deletionMs = nowMs + pendingWindowDays * DAY_MS
  return { state: 'PendingDeletion', deletionMs, pendingWindowDays: undefined }
}
