import type { Secret } from '@keyhold/protocol'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { isPendingRotation, withMaterials } from '../keys/imported.ts'
import type { KeyRecord, MaterialRecord } from '../keys/record.ts'
import type { Changeset } from '../storage/changeset.ts'
import { everyRow } from '../storage/every-row.ts'
import { keyRowId } from '../storage/row-ids.ts'
import type { Row, Store } from '../storage/store.ts'
import { keyRow, materialRow } from './new-key.ts'

export interface MaterialEntry {
  row: Row
  value: MaterialRecord
}

interface KeyEntry {
  row: Row
  value: KeyRecord
}

interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** Every material of a key, in no order that means anything. There are few: as many as rotations, and the first. */
export async function materialsOf(key: KeyRecord, { store, hierarchy }: Context): Promise<MaterialEntry[]> {
  const owner = keyRowId(key.region, key.keyId)
  const materials: MaterialEntry[] = []
  for await (const row of everyRow((page) => store.listByOwner('material', owner, page))) {
    materials.push({ row, value: JSON.parse((await hierarchy.verify(row)).body) as MaterialRecord })
  }
  return materials
}

/** The row with something else said of its material, which stays sealed as it is. */
export function restatedMaterialRow(hierarchy: Hierarchy, row: Row, record: MaterialRecord): Promise<Row> {
  const { generation, mac: _, ...rest } = row
  return hierarchy.authenticate({ ...rest, version: row.version + 1, body: JSON.stringify(record) }, generation)
}

/**
 * Adds imported material to `changes`, in the place of the same material that was there before if it was. Its key's row is
 * written as well, as with every change of a key's materials: of two that happen at once, one starts over.
 */
export async function putImportedMaterial(
  key: KeyEntry,
  materials: readonly MaterialEntry[],
  { record, secret }: { record: MaterialRecord; secret: Secret },
  { nowMs, hierarchy, changes }: { nowMs: number; hierarchy: Hierarchy; changes: Changeset },
): Promise<void> {
  const { same, others } = apart(materials, record.materialId)
  const version = (same?.row.version ?? 0) + 1
  const current = isPendingRotation(record)
    ? key.value.currentMaterialId
    : (key.value.currentMaterialId ?? record.materialId)
  const before = { ...key.value, currentMaterialId: current }
  const after = withMaterials(before, [...others, record], nowMs)
  changes.update(await keyRow(hierarchy, after, key.row.version + 1))
  changes.update(await materialRow(hierarchy, after, record, secret, version))
}

/**
 * Takes imported material away: its sealed bytes go at once. What belongs to the key for good leaves its row, so that
 * the same can be imported again and nothing else; what waited for a rotation leaves nothing.
 */
export async function dropImportedMaterial(
  key: KeyEntry,
  materials: readonly MaterialEntry[],
  material: MaterialEntry,
  { nowMs, hierarchy, changes }: { nowMs: number; hierarchy: Hierarchy; changes: Changeset },
): Promise<void> {
  const { others } = apart(materials, material.value.materialId)
  const pending = isPendingRotation(material.value)
  const left = { ...material.value, imported: { description: material.value.imported?.description, present: false } }
  const after = withMaterials(key.value, pending ? others : [...others, left], nowMs)
  changes.update(await keyRow(hierarchy, after, key.row.version + 1))
  if (pending) return changes.delete(material.row)
  const { mac: _, generation: __, ...rest } = material.row
  const emptied = { ...rest, version: rest.version + 1, dueMs: null, sealed: null, body: JSON.stringify(left) }
  changes.update(await hierarchy.authenticate(emptied))
}

function apart(
  materials: readonly MaterialEntry[],
  materialId: string,
): { same?: MaterialEntry; others: MaterialRecord[] } {
  const same = materials.find(({ value }) => value.materialId === materialId)
  return { same, others: materials.filter((entry) => entry !== same).map(({ value }) => value) }
}
