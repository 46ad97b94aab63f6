import { partitionOf } from '@keyhold/protocol'
import { defaultKeyPolicy } from '../../../domain/policy/default-policy.ts'
import type { Entry } from '../../../vault/records/entry.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { unsealMaterial } from '../../../vault/hierarchy/material.ts'
import type { BoundPolicy } from '../../../identity/accounts/records.ts'
import { memberOf, withReplica } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord, MultiRegionKey, Tag } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'
import { absentMaterialRow, type MaterialEntry, materialRow, materialsOf } from '../keys/material-rows.ts'
import { keyRow, policyRow } from '../keys/new-key.ts'
import { relatedKeys, rewriteFamily } from './related-keys.ts'

/** What a replica has of its own. */
export interface WantedReplica {
  region: string
  description: string
  tags: readonly Tag[]
  nowMs: number
}

interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** The record of a replica that is being made of a primary key; imported material of it is not there yet. */
export function replicaRecord(
  primary: MultiRegionKey,
  { region, description, tags, nowMs }: WantedReplica,
): MultiRegionKey {
  const { imported: _, hasUses: _uses, ...shared } = primary
  return {
    ...shared,
    region,
    description,
    tags,
    aliases: [],
    state: 'Creating',
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
 * that somebody else makes meanwhile is a conflict.
 */
export async function addReplica(
  primary: Entry<MultiRegionKey>,
  replica: MultiRegionKey,
  policy: BoundPolicy,
  context: Context,
  changes: Changeset,
): Promise<void> {
  const { hierarchy } = context
  const others = await relatedKeys(primary.value, context)
  await rewriteFamily([primary, ...others], replica.multiRegion, context, changes)
  changes.insert(await keyRow(hierarchy, replica, 1))
  changes.insert(await policyRow(hierarchy, replica, policy, 1))
  for (const material of await materialsOf(primary.value, context)) {
    changes.insert(await materialOf(replica, material, hierarchy))
  }
}

async function materialOf(replica: KeyRecord, { row, value }: MaterialEntry, hierarchy: Hierarchy): Promise<Row> {
  if (replica.origin === 'EXTERNAL') return absentMaterialRow(hierarchy, replica, value)
  const { id, generation, sealed } = row
  if (sealed === null) throw new TypeError(`the row ${id} holds no key material`)
  using secret = await unsealMaterial(hierarchy, id, { generation, bytes: sealed })
  return await materialRow(hierarchy, replica, value, secret)
}
