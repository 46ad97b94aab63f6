import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { isComplete, isPendingRotation, withMaterials, withoutMaterial } from '../../../domain/keys/imported.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import { materialTable } from '../../../vault/records/material.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import {
  absentMaterial,
  type MaterialEntry,
  materialsOf,
  type NewMaterial,
  sealedMaterial,
} from '../keys/material-rows.ts'
import { type Destruction, noteDestruction } from '../keys/note-destruction.ts'
import { addToRelated, removeFromRelated } from '../multi-region/related-material.ts'

type KeyEntry = Authentic<KeyRecord>

interface Context {
  records: RecordReader
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
  hierarchy: Sealing
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
  material: NewMaterial,
  change: Change,
): Promise<void> {
  const { record } = material
  const { nowMs, hierarchy, changes } = change
  const { same, others } = apart(materials, record.materialId)
  const current = isPendingRotation(record)
    ? key.value.currentMaterialId
    : (key.value.currentMaterialId ?? record.materialId)
  const before = { ...key.value, currentMaterialId: current }
  const after = withMaterials(before, [...others, record], nowMs)
  changes.update(key, after)
  const { record: stored, sealed } = await sealedMaterial(hierarchy, after, material)
  if (same) changes.update(same, stored, { sealed })
  else changes.insert(materialTable, stored, { sealed })
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
  change: Omit<Change, 'hierarchy' | 'nowMs'> & { destruction: Destruction },
): Promise<void> {
  const { destruction, changes } = change
  const nowMs = destruction.atMs
  const { value: record } = material
  const { others } = apart(materials, record.materialId)
  const isForgotten = isPendingRotation(record) && key.value.multiRegion?.type !== 'REPLICA'
  const after = withMaterials(key.value, isForgotten ? others : [...others, withoutMaterial(record)], nowMs)
  changes.update(key, after)
  await noteDestruction(key.value, [material], destruction, change, changes)
  if (!isForgotten) {
    changes.update(material, absentMaterial(key.value, record), { sealed: null })
    return
  }
  changes.delete(material)
  await removeFromRelated(key.value, record.materialId, change)
}

function apart(
  materials: readonly MaterialEntry[],
  materialId: string,
): { same?: MaterialEntry; others: MaterialRecord[] } {
  const same = materials.find(({ value }) => value.materialId === materialId)
  return { same, others: materials.filter((entry) => entry !== same).map(({ value }) => value) }
}
