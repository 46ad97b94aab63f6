import { partitionOf } from '@keyhold/protocol'
import { defaultKeyPolicy } from '../authorization/default-policy.ts'
import { body } from '../directory/directory.ts'
import type { Entry } from '../directory/table-cache.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { unsealMaterial } from '../hierarchy/material.ts'
import type { BoundPolicy } from '../identity/records.ts'
import { memberOf, withReplica } from '../keys/multi-region.ts'
import type { KeyRecord, MaterialRecord, MultiRegionKey, Tag } from '../keys/record.ts'
import type { Changeset } from '../storage/changeset.ts'
import { everyRow } from '../storage/every-row.ts'
import { keyRowId } from '../storage/row-ids.ts'
import type { Row, Store } from '../storage/store.ts'
import { keyRow, materialRow, policyRow } from './new-key.ts'
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

/** The record of a replica that is being made of a primary key; of imported material it has none yet. */
export function replicaRecord(
  primary: MultiRegionKey,
  { region, description, tags, nowMs }: WantedReplica,
): MultiRegionKey {
  const isImported = primary.origin === 'EXTERNAL'
  return {
    ...primary,
    ...(isImported && { currentMaterialId: undefined }),
    region,
    description,
    tags,
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
 * the other related keys know of it. A replica that somebody else makes meanwhile is a conflict.
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
  if (replica.origin === 'EXTERNAL') return
  for await (const row of materialsOf(primary.value, context)) changes.insert(await copied(row, replica, hierarchy))
}

function materialsOf({ region, keyId }: KeyRecord, { store }: Context): AsyncGenerator<Row> {
  return everyRow((page) => store.listByOwner('material', keyRowId(region, keyId), page))
}

async function copied(row: Row, replica: KeyRecord, hierarchy: Hierarchy): Promise<Row> {
  const { id, generation, sealed } = await hierarchy.verify(row)
  if (sealed === null) throw new TypeError(`the row ${id} holds no key material`)
  using secret = await unsealMaterial(hierarchy, id, { generation, bytes: sealed })
  return await materialRow(hierarchy, replica, body<MaterialRecord>(row), secret)
}
