import { type KeyUsageType, partitionOf, type Secret } from '@keyhold/protocol'
import { defaultKeyPolicy } from '../authorization/default-policy.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { givenMaterialId } from '../crypto/given-material-id.ts'
import { freshMaterial, publicHalfOfMaterial } from '../crypto/key-material.ts'
import type { CryptoThreads } from '../crypto/workers/crypto-threads.ts'
import { writeKeyPolicy } from '../directory/key-policy.ts'
import { sealMaterial } from '../hierarchy/material.ts'
import type { BoundPolicy } from '../identity/records.ts'
import type { KeyRecord, MaterialRecord, Tag } from '../keys/record.ts'
import { type KeySpec, keySpec } from '../keys/specs.ts'
import type { Random } from '../platform/random.ts'
import { keyRowId, materialRowId, placeOwner } from '../storage/row-ids.ts'
import type { Row } from '../storage/store.ts'

export interface NewKey {
  accountId: string
  region: string
  spec: KeySpec
  /** The spec's default unless given. */
  usage?: KeyUsageType
  /** `AWS_KMS` unless given; `EXTERNAL` makes a key that has no material and waits for its import. */
  origin?: 'AWS_KMS' | 'EXTERNAL'
  /** Whether it becomes a primary key, which can be replicated into other Regions. */
  multiRegion?: boolean
  description: string
  tags: readonly Tag[]
  /** Without one the key gets the default policy. */
  policy?: BoundPolicy
  nowMs: number
  /** `CUSTOMER` unless given. */
  manager?: KeyRecord['manager']
  /** Days from one automatic rotation to the next; none unless given. */
  rotationDays?: number
  /** Fixed by a seed file; otherwise made here. */
  keyId?: string
  /** Fixed by a seed file; otherwise made here. Wiped by this function. */
  material?: Secret
}

interface Context {
  hierarchy: Hierarchy
  random: Random
  threads: CryptoThreads
}

/** Makes a customer managed key, with fresh material unless it is to be imported: its record, and the rows to insert. */
export async function newKey(wanted: NewKey, context: Context): Promise<{ record: KeyRecord; rows: Row[] }> {
  const { hierarchy, random } = context
  const keyId = wanted.keyId ?? newKeyId(random, wanted)
  const material = wanted.origin === 'EXTERNAL' ? undefined : await newMaterial({ ...wanted, keyId }, context)
  using secret = material?.secret
  const record = keyRecord({ ...wanted, keyId }, material?.materialId)
  const policy = wanted.policy ?? { text: defaultKeyPolicy(record.accountId, partitionOf(record.region)) }
  const rows = [await keyRow(hierarchy, record, 1), await policyRow(hierarchy, record, policy, 1)]
  if (material && secret) {
    const first = { materialId: material.materialId, createdMs: wanted.nowMs }
    rows.push(await materialRow(hierarchy, record, first, secret))
  }
  return { record, rows }
}

/** The id of a key that is made in one Region, or of one that is to be in several. */
export function newKeyId(random: Random, { multiRegion = false }: Pick<NewKey, 'multiRegion'>): string {
  return multiRegion ? `mrk-${Buffer.from(random.bytes(16)).toString('hex')}` : random.uuid()
}

async function newMaterial(
  { material, spec, keyId }: NewKey & { keyId: string },
  context: Context,
): Promise<{ materialId: string; secret: Secret }> {
  if (material) return { materialId: givenMaterialId(material, keyId), secret: material }
  const materialId = Buffer.from(context.random.bytes(32)).toString('hex')
  return { materialId, secret: await freshMaterial(spec, context) }
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
 * When a job must look at a key. Only what can be done then is due: a disabled key rotates once it is enabled again, and
 * until then does not stand before those that are ready.
 */
function dueMs({ state, deletionMs, rotation }: KeyRecord): number | null {
  if (deletionMs !== undefined) return deletionMs
  return state === 'Enabled' ? (rotation?.nextMs ?? null) : null
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

/** The record of a key that is being made; without its material yet, where nobody has to compute with it. */
export function keyRecord(wanted: NewKey & { keyId: string }, materialId?: string): KeyRecord {
  const { keyId, accountId, region, description, spec, tags, nowMs, manager = 'CUSTOMER', rotationDays } = wanted
  const { usage = spec.defaultUsage, origin = 'AWS_KMS' } = wanted
  if (usage === undefined) throw new TypeError(`a key of ${spec.name} is made for one usage of several`)
  return {
    keyId,
    accountId,
    region,
    description,
    spec: spec.name,
    usage,
    origin,
    manager,
    state: origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
    createdMs: nowMs,
    ...(rotationDays !== undefined && {
      rotation: { periodDays: rotationDays, nextMs: nowMs + rotationDays * DAY_MS },
    }),
    ...(materialId !== undefined && { currentMaterialId: materialId }),
    ...(wanted.multiRegion === true && {
      multiRegion: { type: 'PRIMARY' as const, primaryRegion: region, replicaRegions: [] },
    }),
    tags,
  }
}
