import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import { materialRowId } from '../../../vault/storage/row-ids.ts'
import type { Store } from '../../../vault/storage/store.ts'
import { absentMaterialRow } from '../keys/material-rows.ts'
import { relatedKeys, rewriteKey } from './related-keys.ts'

/**
 * Related keys have the same materials, but what was imported is never copied: it is imported into each of them (AWS KMS
 * Developer Guide, "Multi-Region keys with imported key material"). What the primary key has, the replicas know of.
 */
interface Change {
  store: Store
  hierarchy: Hierarchy
  changes: Changeset
}

/** Adds to `changes` that the keys which are related to this one may import the same material. */
export async function addToRelated(key: KeyRecord, material: MaterialRecord, change: Change): Promise<void> {
  const { hierarchy, changes } = change
  for (const related of await relatedKeys(key, change)) {
    await rewriteKey(related, {}, change, changes)
    changes.insert(await absentMaterialRow(hierarchy, related.value, material))
  }
}

/** Adds to `changes` that the keys which are related to this one lose the material, imported or not. */
export async function removeFromRelated(key: KeyRecord, materialId: string, change: Change): Promise<void> {
  const { store, changes } = change
  for (const related of await relatedKeys(key, change)) {
    await rewriteKey(related, {}, change, changes)
    const row = await store.get('material', materialRowId(related.value.region, key.keyId, materialId))
    if (row) changes.delete(row)
  }
}
