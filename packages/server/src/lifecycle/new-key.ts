import { partitionOf, type Secret } from '@keyhold/protocol'
import { defaultKeyPolicy } from '../authorization/default-policy.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { givenMaterialId } from '../crypto/given-material-id.ts'
import { writeKeyPolicy } from '../directory/key-policy.ts'
import { sealMaterial } from '../hierarchy/material.ts'
import type { BoundPolicy } from '../identity/records.ts'
import { memberOf } from '../keys/multi-region.ts'
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
  /** Without one the key gets the default policy. */
  policy?: BoundPolicy
  nowMs: number
  /** `CUSTOMER` unless given. */
  manager?: KeyRecord['manager']
  /** Days from one automatic rotation to the next; none unless given. */
  rotationDays?: number
  /** Whether it can have replicas in other Regions; its id says so. */
  multiRegion?: boolean
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
  const record = keyRecord({ ...wanted, keyId }, materialId)
  const policy = wanted.policy ?? { text: defaultKeyPolicy(record.accountId, partitionOf(record.region)) }
  const rows = [
    await keyRow(hierarchy, record, 1),
    await policyRow(hierarchy, record, policy, 1),
    await materialRow(hierarchy, record, { materialId, createdMs: wanted.nowMs }, secret),
  ]
  return { record, rows }
}

export const DAY_MS = 86_400_000

/** The row of a key's record at `version`. What is due has its date in the row too, for the job that carries it out. */
export function keyRow(hierarchy: Hierarchy, record: KeyRecord, version: number): Promise<Row> {
  return hierarchy.authenticate({
    table: 'key',
    id: keyRowId(record.region, record.keyId),
    owner: placeOwner(record),
    target: '',
    dueMs: dueMs(record),
    version,
    body: JSON.stringify(record),
    sealed: null,
  })
}

/**
 * When a job must look at a key. Only what can be done then is due, so that keys which wait for something else never
 * stand before those that are ready.
 */
function dueMs({ state, deletionMs, rotation, multiRegion }: KeyRecord): number | null {
  if (state === 'Creating' || state === 'Updating') return 0
  if (deletionMs !== undefined) return deletionMs
  // Replicas get their material from the primary; disabled keys rotate once they are enabled again.
  return state === 'Enabled' && multiRegion?.type !== 'REPLICA' ? (rotation?.nextMs ?? null) : null
}

/** The row of a key's policy at `version`. */
export function policyRow(hierarchy: Hierarchy, key: KeyRecord, policy: BoundPolicy, version: number): Promise<Row> {
  return hierarchy.authenticate({
    table: 'policy',
    id: keyRowId(key.region, key.keyId),
    owner: placeOwner(key),
    target: '',
    dueMs: null,
    version,
    body: writeKeyPolicy(policy),
    sealed: null,
  })
}

/** The row of one material of a key. */
export async function materialRow(
  hierarchy: Hierarchy,
  key: KeyRecord,
  record: MaterialRecord,
  secret: Secret,
): Promise<Row> {
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

/** The record of a key that is being made; without its material yet, where nobody has to encrypt with it. */
export function keyRecord(wanted: NewKey & { keyId: string }, materialId = ''): KeyRecord {
  const { keyId, accountId, region, description, spec, tags, nowMs, manager = 'CUSTOMER', rotationDays } = wanted
  const { multiRegion = false } = wanted
  return {
    keyId,
    accountId,
    region,
    description,
    spec: spec.name,
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    manager,
    state: 'Enabled',
    createdMs: nowMs,
    ...(rotationDays !== undefined && {
      rotation: { periodDays: rotationDays, nextMs: nowMs + rotationDays * DAY_MS },
    }),
    currentMaterialId: materialId,
    ...(multiRegion && { multiRegion: memberOf({ primaryRegion: region, replicaRegions: [] }, region) }),
    tags,
  }
}
