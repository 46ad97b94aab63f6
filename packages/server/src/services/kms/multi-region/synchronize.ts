import type { Secret } from '@keyhold/protocol'
import type { AuditRecord } from '../../../audit/record.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { otherRegions } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import type { Random } from '../../../platform/random.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import type { Store } from '../../../vault/storage/store.ts'
import { materialRow } from '../keys/material-rows.ts'
import { relatedKeys, rewriteKey } from './related-keys.ts'
import { serviceRecord } from '../../../audit/service-record.ts'

/** Material that a primary key got, in the clear. */
export interface NewMaterial {
  record: MaterialRecord
  secret: Secret
}

/**
 * Adds to `changes` what brings the keys that are related to `primary` up to it: what they have in common of its record,
 * and new material, sealed under the domain of each Region. Nothing for keys that are not multi-Region.
 */
export async function synchronizeRelated(
  primary: KeyRecord,
  materials: readonly NewMaterial[],
  context: { store: Store; hierarchy: Hierarchy },
  changes: Changeset,
): Promise<void> {
  const { rotation, currentMaterialId, onDemandRotations } = primary
  for (const related of await relatedKeys(primary, context)) {
    await rewriteKey(related, { rotation, currentMaterialId, onDemandRotations }, context, changes)
    for (const { record, secret } of materials) {
      changes.insert(await materialRow(context.hierarchy, related.value, record, secret))
    }
  }
}

/** What the audit log says of it, once for each of the other Regions. */
export function synchronizationRecords(primary: KeyRecord, timeMs: number, random: Random): AuditRecord[] {
  return otherRegions(primary).map((region) =>
    serviceRecord('SynchronizeMultiRegionKey', { ...primary, region }, timeMs, random),
  )
}
