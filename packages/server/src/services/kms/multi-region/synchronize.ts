import type { AuditRecord } from '../../../audit/record.ts'
import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { otherRegions } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import type { Random } from '../../../platform/random.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { addMaterial, type NewMaterial } from '../keys/material-rows.ts'
import { relatedKeys, rewriteKey } from './related-keys.ts'
import { serviceRecord } from '../../../audit/service-record.ts'

/**
 * Adds to `changes` what brings the keys that are related to `primary` up to it: what they have in common of its record,
 * and new material, sealed under the domain of each Region. Nothing for keys that are not multi-Region.
 */
export async function synchronizeRelated(
  primary: KeyRecord,
  materials: readonly NewMaterial[],
  context: { records: RecordReader; hierarchy: Sealing },
  changes: Changeset,
): Promise<void> {
  const { rotation, currentMaterialId, onDemandRotations } = primary
  for (const related of await relatedKeys(primary, context)) {
    rewriteKey(related, { rotation, currentMaterialId, onDemandRotations }, changes)
    for (const material of materials) await addMaterial(context.hierarchy, related.value, material, changes)
  }
}

/** What the audit log says of it, once for each of the other Regions. */
export function synchronizationRecords(primary: KeyRecord, timeMs: number, random: Random): AuditRecord[] {
  return otherRegions(primary).map((region) =>
    serviceRecord('SynchronizeMultiRegionKey', { ...primary, region }, timeMs, random),
  )
}
