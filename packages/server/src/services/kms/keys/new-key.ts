import { byUtf8, type KeyUsageType, partitionOf, Secret } from '@keyhold/protocol'
import { defaultKeyPolicy } from '../../../domain/policy/default-policy.ts'
import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { givenMaterialId } from '../../../crypto/given-material-id.ts'
import { freshMaterial } from '../../../crypto/key-material.ts'
import type { CryptoThreads } from '../../../crypto/workers/crypto-threads.ts'
import type { BoundPolicy } from '../../../domain/policy/bound-policy.ts'
import { memberOf, multiRegionKeyId } from '../../../domain/keys/multi-region.ts'
import type { KeyRecord, Tag } from '../../../domain/keys/record.ts'
import type { KeySpec } from '../../../domain/keys/specs.ts'
import type { Random } from '../../../platform/random.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { policyTable } from '../../../vault/records/policy.ts'
import { addMaterial } from './material-rows.ts'

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
  /** Names of the aliases that are made with it, whose rows the caller adds; none unless given. */
  aliases?: readonly string[]
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
  /** Generates material, or takes material that exists already, which is not wiped. Generated unless given. */
  fresh?(make: () => Promise<Secret>): Promise<Secret>
}

interface Context {
  hierarchy: Sealing
  random: Random
  threads: CryptoThreads
}

/** Adds a key to `changes`, with fresh material unless it is to be imported. */
export async function addKey(wanted: NewKey, context: Context, changes: Changeset): Promise<KeyRecord> {
  const { hierarchy, random } = context
  const keyId = wanted.keyId ?? newKeyId(random, wanted)
  const material = wanted.origin === 'EXTERNAL' ? undefined : await newMaterial({ ...wanted, keyId }, context)
  using secret = material?.secret
  const record = keyRecord({ ...wanted, keyId }, material?.materialId)
  const policy = wanted.policy ?? { text: defaultKeyPolicy(record.accountId, partitionOf(record.region)) }
  const { accountId, region } = record
  changes.insert(keyTable, record)
  changes.insert(policyTable, { accountId, region, keyId, ...policy })
  if (material && secret) {
    const first = { materialId: material.materialId, createdMs: wanted.nowMs }
    await addMaterial(hierarchy, record, { record: first, secret }, changes)
  }
  return record
}

/** The id of a key that is made in one Region, or of one that is to be in several. */
export function newKeyId(random: Random, { multiRegion = false }: Pick<NewKey, 'multiRegion'>): string {
  return multiRegion ? multiRegionKeyId(random.uuid()) : random.uuid()
}

async function newMaterial(
  { material, spec, keyId, accountId, fresh }: NewKey & { keyId: string },
  { random, threads }: Context,
): Promise<{ materialId: string; secret: Secret }> {
  if (material) return { materialId: givenMaterialId(material, keyId), secret: material }
  const make = (): Promise<Secret> => freshMaterial(spec, { random, threads: threads.for(accountId) })
  const secret = fresh ? copyOf(await fresh(make)) : await make()
  return { materialId: newMaterialId(random), secret }
}

function copyOf(secret: Secret): Secret {
  return Secret.of(Uint8Array.from(secret.reveal()))
}

/** The id of material that is made here: nothing that could be computed from the material. */
export function newMaterialId(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('hex')
}

export const DAY_MS = 86_400_000

/** The record of a key that is being created, without a material id unless one is given. */
export function keyRecord(wanted: NewKey & { keyId: string }, materialId?: string): KeyRecord {
  const { keyId, accountId, region, description, spec, tags, nowMs, manager = 'CUSTOMER', rotationDays } = wanted
  const { usage = spec.defaultUsage, origin = 'AWS_KMS', multiRegion = false, aliases = [] } = wanted
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
    ...(multiRegion && { multiRegion: memberOf({ primaryRegion: region, replicaRegions: [] }, region) }),
    tags,
    aliases: aliases.toSorted(byUtf8),
  }
}
