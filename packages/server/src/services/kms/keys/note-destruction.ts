import { otherRegions } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import type { Authentic, Unread } from '../../../vault/records/authentic.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import {
  destroyedTable,
  type DestroyedMaterial,
  type DestructionReason,
  type DestructionRecord,
} from '../../../vault/records/destroyed.ts'
import type { StoredMaterial } from '../../../vault/records/material.ts'
import type { RecordReader } from '../../../vault/records/records.ts'

/** What destroys material, when, and the id of the record of it that is committed with it. */
export interface Destruction {
  reason: DestructionReason
  atMs: number
  eventId: string
}

type Material = Authentic<StoredMaterial> | Unread<StoredMaterial>

/**
 * Adds to `changes` what stays known of materials that the same changes delete. Material that is not there, as it was
 * deleted before or never imported, is not destroyed again.
 */
export async function noteDestruction(
  key: KeyRecord,
  materials: readonly Material[],
  destruction: Destruction,
  { records }: { records: RecordReader },
  changes: Changeset,
): Promise<void> {
  const destroyed = materials.flatMap((material) => destroyedOf(material, destruction))
  const isDeleted = destruction.reason === 'KEY_DELETED'
  if (destroyed.length === 0 && !isDeleted) return
  const before = await records.get(destroyedTable, key)
  const { region, keyId, accountId, spec, origin, createdMs } = key
  const again = new Set(destroyed.map(({ materialId }) => materialId))
  const known = before?.value.materials ?? []
  const earlier = known.filter(({ materialId }) => !again.has(materialId))
  const record: DestructionRecord = {
    region,
    keyId,
    accountId,
    spec,
    origin,
    createdMs,
    ...(isDeleted && { deletedMs: destruction.atMs }),
    materials: [...earlier, ...destroyed.map((material) => sinceFirst(material, known))],
    relatedRegions: [...new Set([...(before?.value.relatedRegions ?? []), ...otherRegions(key)])],
  }
  if (before) changes.update(before, record)
  else changes.insert(destroyedTable, record)
}

/** Backups from the first time on can have what was destroyed and imported again. */
function sinceFirst(material: DestroyedMaterial, known: readonly DestroyedMaterial[]): DestroyedMaterial {
  const first = known.find(({ materialId }) => materialId === material.materialId)?.createdMs
  const { createdMs } = material
  return first === undefined || createdMs === undefined
    ? material
    : { ...material, createdMs: Math.min(first, createdMs) }
}

function destroyedOf(material: Material, { reason, atMs, eventId }: Destruction): DestroyedMaterial[] {
  const how = { destroyedMs: atMs, reason, eventId }
  // Of a row that is not authentic, only its name is known.
  if (!material.isAuthentic) return [{ materialId: material.id.split('/')[2] ?? '', ...how }]
  const { value, sealed } = material
  if (sealed === undefined) return []
  return [{ materialId: value.materialId, createdMs: value.createdMs, ...how, generation: sealed.generation }]
}
