import { partitionOf } from '@keyhold/protocol'
import { defaultKeyPolicy } from '../../../domain/policy/default-policy.ts'
import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { unsealMaterial } from '../../../vault/hierarchy/material.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import { memberOf, withReplica } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord, MultiRegionKey, Tag } from '../../../domain/keys/record.ts'
import { withState } from '../../../domain/keys/state-changes.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { materialTable } from '../../../vault/records/material.ts'
import { policyTable } from '../../../vault/records/policy.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { absentMaterial, addMaterial, type MaterialEntry, materialsOf } from '../keys/material-rows.ts'
import { relatedKeys, rewriteFamily } from './related-keys.ts'

/** What a replica has of its own. */
export interface WantedReplica {
  region: string
  description: string
  tags: readonly Tag[]
  nowMs: number
}

interface Context {
  records: RecordReader
  hierarchy: Sealing
}

/** The record of a replica that is being made of a primary key; imported material of it is not there yet. */
export function replicaRecord(
  primary: MultiRegionKey,
  { region, description, tags, nowMs }: WantedReplica,
): MultiRegionKey {
  const { imported: _, hasUses: _uses, ...shared } = withState(primary, 'Creating')
  return {
    ...shared,
    region,
    description,
    tags,
    aliases: [],
    createdMs: nowMs,
    multiRegion: memberOf(withReplica(primary.multiRegion, region), region),
  }
}

/** The policy of a replica for which none was given. */
export function defaultReplicaPolicy({ accountId, region }: KeyRecord): BoundPolicy {
  return { text: defaultKeyPolicy(accountId, partitionOf(region)) }
}

/**
 * Adds a replica to `changes`: its record and policy, all the material of its primary sealed for its own Region, and what
 * the other related keys know of it. Of material that was imported it gets to know what it has to import itself. A replica
 * that another request creates meanwhile is a conflict.
 */
export async function addReplica(
  primary: Authentic<MultiRegionKey>,
  replica: MultiRegionKey,
  policy: BoundPolicy,
  context: Context,
  changes: Changeset,
): Promise<void> {
  const others = await relatedKeys(primary.value, context)
  await rewriteFamily([primary, ...others], replica.multiRegion, changes)
  const { accountId, region, keyId } = replica
  changes.insert(keyTable, replica)
  changes.insert(policyTable, { accountId, region, keyId, ...policy })
  for (const material of await materialsOf(primary.value, context)) {
    await copyMaterial(material, replica, context.hierarchy, changes)
  }
}

async function copyMaterial(
  { id, value, sealed }: MaterialEntry,
  replica: KeyRecord,
  hierarchy: Sealing,
  changes: Changeset,
): Promise<void> {
  if (replica.origin === 'EXTERNAL') {
    changes.insert(materialTable, absentMaterial(replica, value))
    return
  }
  if (sealed === undefined) throw new TypeError(`the row ${id} holds no key material`)
  using secret = await unsealMaterial(hierarchy, id, sealed)
  await addMaterial(hierarchy, replica, { record: value, secret }, changes)
}
