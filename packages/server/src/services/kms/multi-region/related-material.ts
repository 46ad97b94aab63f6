import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import { materialTable } from '../../../vault/records/material.ts'
import type { RecordReader } from '../../../vault/records/records.ts'
import { type Destruction, noteDestruction } from '../keys/note-destruction.ts'
import { absentMaterial } from '../keys/material-rows.ts'
import { relatedKeys, rewriteKey } from './related-keys.ts'

/**
 * Related keys have the same materials, but what was imported is never copied: it is imported into each of them (AWS KMS
 * Developer Guide, "Multi-Region keys with imported key material"). What the primary key has, the replicas know of.
 */
interface Change {
  records: RecordReader
  changes: Changeset
}

/** Adds to `changes` that the keys which are related to this one may import the same material. */
export async function addToRelated(key: KeyRecord, material: MaterialRecord, change: Change): Promise<void> {
  const { changes } = change
  for (const related of await relatedKeys(key, change)) {
    rewriteKey(related, {}, changes)
    changes.insert(materialTable, absentMaterial(related.value, material))
  }
}

/** Adds to `changes` that the keys which are related to this one lose the material, imported or not. */
export async function removeFromRelated(
  key: KeyRecord,
  materialId: string,
  change: Change & { destruction: Destruction },
): Promise<void> {
  const { records, changes, destruction } = change
  for (const related of await relatedKeys(key, change)) {
    rewriteKey(related, {}, changes)
    const material = await records.examined.get(materialTable, { ...related.value, materialId })
    if (material === undefined) continue
    changes.delete(material)
    await noteDestruction(related.value, [material], destruction, change, changes)
  }
}
