import type { Secret } from '@keyhold/protocol'
import { publicHalfOfMaterial } from '../../../crypto/key-material.ts'
import type { SealedBytes, Sealing } from '../../../vault/hierarchy/sealing.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { sealMaterial } from '../../../vault/hierarchy/material.ts'
import { withoutMaterial } from '../../../domain/keys/imported.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import { materialTable, type StoredMaterial } from '../../../vault/records/material.ts'
import type { RecordReader } from '../../../vault/records/records.ts'

export type MaterialEntry = Authentic<StoredMaterial>

/** Material of a key, and what is said of it. */
export interface NewMaterial {
  record: MaterialRecord
  secret: Secret
}

/** Every material of a key, in no order that means anything. There are few: as many as rotations, and the first. */
export function materialsOf(key: KeyRecord, { records }: { records: RecordReader }): Promise<MaterialEntry[]> {
  return Array.fromAsync(everyRow((page) => records.listByOwner(materialTable, key, page)))
}

/** Adds to `changes` that a key has another material. */
export async function addMaterial(
  hierarchy: Sealing,
  key: KeyRecord,
  material: NewMaterial,
  changes: Changeset,
): Promise<void> {
  const { record, sealed } = await sealedMaterial(hierarchy, key, material)
  changes.insert(materialTable, record, { sealed })
}

/**
 * The material sealed for its key. A pair's public half is put beside it, taken from the private one here, so that the two
 * always belong together.
 */
export async function sealedMaterial(
  hierarchy: Sealing,
  { region, keyId, spec }: KeyRecord,
  { record, secret }: NewMaterial,
): Promise<{ record: StoredMaterial; sealed: SealedBytes }> {
  const publicKey = publicHalfOfMaterial(keySpec(spec), secret)
  const sealed = await sealMaterial(hierarchy, { region, keyId, materialId: record.materialId }, secret)
  const half = publicKey && { publicKey: Buffer.from(publicKey).toString('base64') }
  return { record: { ...record, ...half, region, keyId }, sealed }
}

/** What is stored of material that belongs to a key and is not there, so that the same can be imported and nothing else. */
export function absentMaterial({ region, keyId }: KeyRecord, record: MaterialRecord): StoredMaterial {
  return { ...withoutMaterial(record), region, keyId }
}
