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
/** The state of a KMS key. */
export type KeyState = (typeof KEY_STATES)[number]

/** A tag of a key, with the member names of KMS. */
export interface Tag {
  TagKey: string
  TagValue: string
}

/**
 * A KMS key in storage, without its material and policy: the body of a row of table `key`. The members that belong to
 * one state exist only in it. The functions of `state-changes.ts` change the state.
 */
export type KeyRecord = KeyBody & (PlainState | PendingDeletion | PendingReplicaDeletion)

/** The members that say which state a key is in, and those that belong to one state. */
interface StateMembers {
  state: KeyState
  /** The time at which the key may be deleted, in milliseconds since the epoch. */
  deletionMs: number
  /**
   * The time the service must have been seen running before it is deleted, in addition to that date. Absent if an
   * earlier build scheduled the deletion.
   */
  deletionWait?: Wait
  /** The days of the waiting period that starts when the last replica is deleted. */
  pendingWindowDays: number
}

/** Members of `StateMembers` that a key does not have. */
type Without<M extends keyof StateMembers> = { [Member in M]?: never }

/** The state of a key with no members of its own. */
interface PlainState extends Without<'deletionMs' | 'deletionWait' | 'pendingWindowDays'> {
  state: Exclude<KeyState, 'PendingDeletion' | 'PendingReplicaDeletion'>
}

/** The state of a key that is deleted after its waiting period. */
interface PendingDeletion extends Pick<StateMembers, 'deletionMs' | 'deletionWait'>, Without<'pendingWindowDays'> {
  state: 'PendingDeletion'
}

/** The state of a primary key that is to be deleted after its replicas. */
interface PendingReplicaDeletion
  extends Pick<StateMembers, 'pendingWindowDays'>, Without<'deletionMs' | 'deletionWait'> {
  state: 'PendingReplicaDeletion'
}

/** What names a key. Related multi-Region keys have one id, and a row in each of their Regions. */
export type KeyName = Pick<KeyBody, 'region' | 'keyId'>

/** A change of a key that leaves its state as it is. */
export type KeyChange = Partial<KeyBody> & Without<keyof StateMembers>

/** The members that a key can have in every state. */
export interface KeyBody {
  keyId: string
  accountId: string
  region: string
  description: string
  spec: KeySpec
  usage: KeyUsageType
  origin: OriginType
  /** `AWS`: created for a service, which alone can use it; no principal of the account can change it. */
  manager: 'CUSTOMER' | 'AWS'
  createdMs: number
  /** Only while automatic rotation is enabled. */
  rotation?: { periodDays: number; nextMs: number }
  /** The current material; older materials of symmetric keys still decrypt. Absent until material is imported. */
  currentMaterialId?: string
  /** Only for multi-Region keys. Related keys share one id, and each row states its own role. */
  multiRegion?: MultiRegion
  /** Only while the key has imported material, with the time at which the first of it expires, if any does. */
  imported?: { validToMs?: number }
  /**
   * Whether any use of the key was ever recorded in table `key_use`. Conditions on `kms:TrailingDaysWithoutKeyUsage`
   * read that table; if this is set, a missing row there does not count as "never used". Absent in records of earlier
   * builds until the next use.
   */
  hasUses?: true
  /** How often it was rotated on demand. */
  onDemandRotations?: number
  /** In the order in which they were first set. */
  tags: readonly Tag[]
  /**
   * The names of its aliases, in the order of their rows. Conditions on `kms:ResourceAliases` read this copy, so that
   * removing a row of table `alias` cannot remove a name. Absent in records of earlier builds until an alias of the key
   * changes.
   */
  aliases?: readonly string[]
}

/** Source: AWS KMS API Reference, MultiRegionConfiguration. */
export interface MultiRegion {
  type: 'PRIMARY' | 'REPLICA'
  primaryRegion: string
  /** The Regions of the replicas. Every related key has the complete list. */
  replicaRegions: readonly string[]
}

/** A multi-Region key, with or without related keys in other Regions. */
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
  /**
   * For a key pair, the public half: SubjectPublicKeyInfo DER in base64. It stays when imported material is deleted.
   */
  publicKey?: string
  /** How it became current. Absent for a key's first material. */
  rotation?: 'AUTOMATIC' | 'ON_DEMAND'
  /**
   * When it became current. Imported material without it waits for its rotation (PENDING_ROTATION). A key's first
   * material can lack it, because it was current from the start.
   */
  currentSinceMs?: number
  /** Only for imported material. */
  imported?: ImportedMaterial
}

/** The body of a row of table `key_use`: the last successful cryptographic operation. */
export interface KeyUseRecord {
  usedMs: number
  operation: KeyLastUsageTrackingOperation
  requestId: string
  /** The id of its record in the audit log. */
  eventId: string
}

/** What ImportKeyMaterial stated about the material. */
export interface ImportedMaterial {
  /**
   * `false` after expiration or deletion: the row stays, without sealed bytes, so that the same material can be
   * imported again.
   */
  present: boolean
  description?: string
  /** When it expires. Absent if it does not. */
  validToMs?: number
  /**
   * The time the service must have been seen running before it is deleted, in addition to that date. Absent if an
   * earlier build imported it.
   */
  expiryWait?: Wait
}
