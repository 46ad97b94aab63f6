import type { KeyLastUsageTrackingOperation, KeySpec, KeyUsageType, OriginType } from '@keyhold/protocol'
import type { Wait } from './seen-time.ts'

/** States of a KMS key. Source: AWS KMS Developer Guide, "Key states of AWS KMS keys". */
export const KEY_STATES = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'PendingImport',
  'Unavailable',
  'Creating',
  'Updating',
] as const
export type KeyState = (typeof KEY_STATES)[number]

export interface Tag {
  TagKey: string
  TagValue: string
}

/** What is stored of a KMS key beside its material and its policy: the body of a row of table `key`. */
export interface KeyRecord {
  keyId: string
  accountId: string
  region: string
  description: string
  spec: KeySpec
  usage: KeyUsageType
  origin: OriginType
  /** `AWS`: made for a service, which alone can use it; nobody in the account can change it. */
  manager: 'CUSTOMER' | 'AWS'
  state: KeyState
  createdMs: number
  /** Only in state PendingDeletion. */
  deletionMs?: number
  /** What must be over before it is deleted, beside that date. Absent where an earlier build scheduled the deletion. */
  deletionWait?: Wait
  /** Only in state PendingReplicaDeletion: the waiting period that begins once the last replica is gone. */
  pendingWindowDays?: number
  /** Only while it is rotated automatically. */
  rotation?: { periodDays: number; nextMs: number }
  /** The material that is used; older ones of symmetric keys still decrypt. Absent until some was imported. */
  currentMaterialId?: string
  /** Only of multi-Region keys. Related keys have one id, and each says in its own row what its relation is. */
  multiRegion?: MultiRegion
  /** Only while imported material belongs to it and is there: with the time when the first of it expires, if any does. */
  imported?: { validToMs?: number }
  /**
   * Whether a use of it was ever written down in a row of table `key_use`. Conditions on `kms:TrailingDaysWithoutKeyUsage`
   * decide by that row: where this says that there was one, its absence does not count as no use. Absent in records of
   * earlier builds until the next use.
   */
  hasUses?: true
  /** How often it was rotated on demand. */
  onDemandRotations?: number
  /** In the order in which they were first set. */
  tags: readonly Tag[]
  /**
   * The names of its aliases, in the order of their rows. They are repeated here because conditions on
   * `kms:ResourceAliases` decide by them: a removed row of table `alias` must not take a name away. Absent in records of
   * earlier builds until an alias of the key changes.
   */
  aliases?: readonly string[]
}

/** Source: AWS KMS API Reference, MultiRegionConfiguration. */
export interface MultiRegion {
  type: 'PRIMARY' | 'REPLICA'
  primaryRegion: string
  /** Regions of the replicas; every related key knows them all. */
  replicaRegions: readonly string[]
}

/** A key that has, or may have, related keys in other Regions. */
export type MultiRegionKey = KeyRecord & { multiRegion: MultiRegion }

/** The body of a row of table `alias`. */
export interface AliasRecord {
  name: string
  accountId: string
  region: string
  targetKeyId: string
  createdMs: number
  updatedMs: number
}

/** The body of a row of table `material`; the material itself is the row's sealed bytes. */
export interface MaterialRecord {
  materialId: string
  createdMs: number
  /** Of a pair, its public half: SubjectPublicKeyInfo DER in base64. It stays when imported material is gone. */
  publicKey?: string
  /** Why it became current, for all but a key's first. */
  rotation?: 'AUTOMATIC' | 'ON_DEMAND'
  /**
   * When it became current. Imported material without it waits for that (PENDING_ROTATION); a key's first material may lack
   * it, having been current from the start.
   */
  currentSinceMs?: number
  /** Only of imported material. */
  imported?: ImportedMaterial
}

/** The body of a row of table `key_use`: the last cryptographic operation that succeeded. */
export interface KeyUseRecord {
  usedMs: number
  operation: KeyLastUsageTrackingOperation
  requestId: string
  /** Of its record in the audit log. */
  eventId: string
}

/** What was said of material when it was imported. */
export interface ImportedMaterial {
  /** `false` once it expired or was deleted: the row stays, without sealed bytes, so that the same can be imported again. */
  present: boolean
  description?: string
  /** When it expires; absent where it does not. */
  validToMs?: number
  /** What must be over before it is deleted, beside that date. Absent where an earlier build imported it. */
  expiryWait?: Wait
}
