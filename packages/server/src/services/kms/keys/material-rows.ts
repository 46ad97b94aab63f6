import type { Secret } from '@keyhold/protocol'
import { publicHalfOfMaterial } from '../../../crypto/key-material.ts'
import type { Entry } from '../../../vault/records/entry.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import { sealMaterial } from '../../../vault/hierarchy/material.ts'
import { withoutMaterial } from '../../../domain/keys/imported.ts'
import type { KeyRecord, MaterialRecord } from '../../../domain/keys/record.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import { keyRowId, materialRowId } from '../../../vault/storage/row-ids.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'

export type MaterialEntry = Entry<MaterialRecord>

/** Every material of a key, in no order that means anything. There are few: as many as rotations, and the first. */
export async function materialsOf(
  key: KeyRecord,
  { store, hierarchy }: { store: Store; hierarchy: Hierarchy },
): Promise<MaterialEntry[]> {
  const owner = keyRowId(key.region, key.keyId)
  const materials: MaterialEntry[] = []
  for await (const row of everyRow((page) => store.listByOwner('material', owner, page))) {
    materials.push({ row, value: JSON.parse((await hierarchy.verify(row)).body) as MaterialRecord })
  }
  return materials
}

/**
 * The row of one material of a key at `version`, the first unless given. A pair's public half is put beside it, taken from
 * the private one here, so that the two always belong together. What expires is due then.
 */
export async function materialRow(
  hierarchy: Hierarchy,
  key: KeyRecord,
  record: MaterialRecord,
  secret: Secret,
  version = 1,
): Promise<Row> {
  const publicKey = publicHalfOfMaterial(keySpec(key.spec), secret)
  const body = publicKey ? { ...record, publicKey: Buffer.from(publicKey).toString('base64') } : record
  const { generation, bytes } = await sealMaterial(hierarchy, key.region, key.keyId, record.materialId, secret)
  const row = {
    table: 'material' as const,
    id: materialRowId(key.region, key.keyId, record.materialId),
    owner: keyRowId(key.region, key.keyId),
    target: '',
    dueMs: record.imported?.validToMs ?? null,
    version,
    body: JSON.stringify(body),
    sealed: bytes,
  }
  return hierarchy.authenticate(row, generation)
}

/** The row with something else said of its material, which stays sealed as it is. */
export function restatedMaterialRow(hierarchy: Hierarchy, row: Row, record: MaterialRecord): Promise<Row> {
  const { generation, mac: _, ...rest } = row
  return hierarchy.authenticate({ ...rest, version: row.version + 1, body: JSON.stringify(record) }, generation)
}

/** The row of material that belongs to a key and is not there, so that the same can be imported and nothing else. */
export function absentMaterialRow(
  hierarchy: Hierarchy,
  { region, keyId }: KeyRecord,
  record: MaterialRecord,
  version = 1,
): Promise<Row> {
  return hierarchy.authenticate({
    table: 'material',
    id: materialRowId(region, keyId, record.materialId),
    owner: keyRowId(region, keyId),
    target: '',
    dueMs: null,
    version,
    body: JSON.stringify(withoutMaterial(record)),
    sealed: null,
  })
}
