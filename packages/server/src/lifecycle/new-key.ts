import { partitionOf, type Secret } from '@keyhold/protocol'
import { defaultKeyPolicy } from '../authorization/default-policy.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { givenMaterialId } from '../crypto/given-material-id.ts'
import { sealMaterial } from '../hierarchy/material.ts'
import type { KeyRecord, MaterialRecord, Tag } from '../keys/record.ts'
import { type KeySpec, secretBytes } from '../keys/specs.ts'
import type { Random } from '../platform/random.ts'
import { keyRowId, materialRowId, placeOwner } from '../storage/row-ids.ts'
import type { Row } from '../storage/store.ts'

export interface NewKey {
  accountId: string
  region: string
  spec: KeySpec
  description: string
  tags: readonly Tag[]
  /** The key policy's text; without one the key gets the default policy. */
  policy?: string
  nowMs: number
  /** Fixed by a seed file; otherwise made here. */
  keyId?: string
  /** Fixed by a seed file; otherwise made here. Wiped by this function. */
  material?: Secret
}

/** Makes a customer managed key with fresh material: its record, and the rows to insert. */
export async function newKey(
  wanted: NewKey,
  { hierarchy, random }: { hierarchy: Hierarchy; random: Random },
): Promise<{ record: KeyRecord; rows: Row[] }> {
  const keyId = wanted.keyId ?? random.uuid()
  using secret = wanted.material ?? random.secret(secretBytes(wanted.spec))
  const materialId = wanted.material
    ? givenMaterialId(wanted.material, keyId)
    : Buffer.from(random.bytes(32)).toString('hex')
  const record = keyRecord(wanted, keyId, materialId)
  const rows = [
    await keyRow(hierarchy, record, 1),
    await policyRow(
      hierarchy,
      record,
      wanted.policy ?? defaultKeyPolicy(record.accountId, partitionOf(record.region)),
      1,
    ),
    await materialRow(hierarchy, record, { materialId, createdMs: wanted.nowMs }, secret),
  ]
  return { record, rows }
}

/** The row of a key's record at `version`. Deletion has its date in the row too, for the job that carries it out. */
export function keyRow(hierarchy: Hierarchy, record: KeyRecord, version: number): Promise<Row> {
  return hierarchy.authenticate({
    table: 'key',
    id: keyRowId(record.region, record.keyId),
    owner: placeOwner(record),
    target: '',
    dueMs: record.deletionMs ?? null,
    version,
    body: JSON.stringify(record),
    sealed: null,
  })
}

/** The row of a key's policy at `version`. */
export function policyRow(hierarchy: Hierarchy, key: KeyRecord, text: string, version: number): Promise<Row> {
  return hierarchy.authenticate({
    table: 'policy',
    id: keyRowId(key.region, key.keyId),
    owner: placeOwner(key),
    target: '',
    dueMs: null,
    version,
    body: text,
    sealed: null,
  })
}

async function materialRow(hierarchy: Hierarchy, key: KeyRecord, record: MaterialRecord, secret: Secret): Promise<Row> {
  const { generation, bytes } = await sealMaterial(hierarchy, key.region, key.keyId, record.materialId, secret)
  const row = {
    table: 'material' as const,
    id: materialRowId(key.region, key.keyId, record.materialId),
    owner: keyRowId(key.region, key.keyId),
    target: '',
    dueMs: null,
    version: 1,
    body: JSON.stringify(record),
    sealed: bytes,
  }
  return hierarchy.authenticate(row, generation)
}

function keyRecord(wanted: NewKey, keyId: string, materialId: string): KeyRecord {
  const { accountId, region, description, spec, tags, nowMs } = wanted
  return {
    keyId,
    accountId,
    region,
    description,
    spec: spec.name,
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    manager: 'CUSTOMER',
    state: 'Enabled',
    createdMs: nowMs,
    currentMaterialId: materialId,
    tags,
  }
}
