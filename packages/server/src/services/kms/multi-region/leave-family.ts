import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { withoutReplica } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { pendingDeletion } from '../../../domain/keys/state-changes.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Random } from '../../../platform/random.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { DAY_MS } from '../keys/new-key.ts'
import { relatedKeys, rewriteFamily } from './related-keys.ts'
import { beginWait } from '../../../vault/records/waits.ts'

/**
 * Adds to `changes` that a replica is gone, in what the keys that are related to it know. The waiting period of a primary
 * key that waited for its last replica begins now (AWS KMS Developer Guide, "Deleting multi-Region keys").
 */
export async function leaveFamily(
  replica: KeyRecord,
  nowMs: number,
  context: { records: RecordReader; hierarchy: Sealing; random: Random; clock: Clock },
  changes: Changeset,
): Promise<void> {
  if (replica.multiRegion === undefined) return
  const family = withoutReplica(replica.multiRegion, replica.region)
  const wasLast = family.replicaRegions.length === 0
  const related = await relatedKeys(replica, context)
  await rewriteFamily(related, family, changes, async (key) => {
    if (!wasLast || key.state !== 'PendingReplicaDeletion') return key
    const windowMs = key.pendingWindowDays * DAY_MS
    const deletionWait = await beginWait(windowMs, nowMs, context, changes)
    return pendingDeletion(key, nowMs + windowMs, deletionWait)
  })
}
