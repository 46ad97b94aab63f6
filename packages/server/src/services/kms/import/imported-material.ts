import type { Secret } from '@keyhold/protocol'
import type { Entry } from '../../../vault/records/entry.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { isComplete, isPendingRotation, withMaterials, withoutMaterial } from '../../../domain/keys/imported.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import type { Store } from '../../../vault/storage/store.ts'
import { absentMaterialRow, type MaterialEntry, materialRow, materialsOf } from '../keys/material-rows.ts'
import { keyRow } from '../keys/new-key.ts'
import { addToRelated, removeFromRelated } from '../multi-region/related-material.ts'

type KeyEntry = Entry<KeyRecord>

interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** Whether all material that belongs to a key is there: always, where it was made here. */
export async function hasItsMaterial(key: KeyRecord, nowMs: number, context: Context): Promise<boolean> {
  if (key.origin !== 'EXTERNAL') return true
  const materials = await materialsOf(key, context)
  return isComplete(
    key,
    materials.map(({ value }) => value),
    nowMs,
  )
}

interface Change extends Context {
  nowMs: number
  changes: Changeset
}

/**
 * Adds imported material to `changes`, in the place of the same material that was there before if it was. Its key's row is
 * written as well, as with every change of a key's materials: of two that happen at once, one starts over. The keys that
 * are related to this one learn of material that is new, and have to import it too.
 */
export async function putImportedMaterial(
  key: KeyEntry,
  materials: readonly MaterialEntry[],
  { record, secret }: { record: MaterialRecord; secret: Secret },
  change: Change,
): Promise<void> {
  const { nowMs, hierarchy, changes } = change
  const { same, others } = apart(materials, record.materialId)
  const version = (same?.row.version ?? 0) + 1
  const current = isPendingRotation(record)
    ? key.value.currentMaterialId
    : (key.value.currentMaterialId ?? record.materialId)
  const before = { ...key.value, currentMaterialId: current }
  const after = withMaterials(before, [...others, record], nowMs)
  changes.update(await keyRow(hierarchy, after, key.row.version + 1))
  changes.update(await materialRow(hierarchy, after, record, secret, version))
  if (same === undefined) await addToRelated(after, record, change)
}

/**
 * Takes imported material away: its sealed bytes go at once. What belongs to the key for good leaves its row; what waited
 * for a rotation leaves nothing, here and in the keys that are related to this one. Only replicas keep what it leaves, as
 * long as their primary has the material.
 */
export async function dropImportedMaterial(
  key: KeyEntry,
  materials: readonly MaterialEntry[],
  material: MaterialEntry,
  change: Change,
): Promise<void> {
  const { nowMs, hierarchy, changes } = change
  const { row, value: record } = material
  const { others } = apart(materials, record.materialId)
  const isForgotten = isPendingRotation(record) && key.value.multiRegion?.type !== 'REPLICA'
  const after = withMaterials(key.value, isForgotten ? others : [...others, withoutMaterial(record)], nowMs)
  changes.update(await keyRow(hierarchy, after, key.row.version + 1))
  if (!isForgotten) return changes.update(await absentMaterialRow(hierarchy, key.value, record, row.version + 1))
  changes.delete(row)
  await removeFromRelated(key.value, record.materialId, change)
}

function apart(
  materials: readonly MaterialEntry[],
  materialId: string,
): { same?: MaterialEntry; others: MaterialRecord[] } {
  const same = materials.find(({ value }) => value.materialId === materialId)
  return { same, others: materials.filter((entry) => entry !== same).map(({ value }) => value) }
}
