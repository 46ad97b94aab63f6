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
  spec: 'SYMMETRIC_DEFAULT'
  usage: 'ENCRYPT_DECRYPT'
  origin: 'AWS_KMS'
  /** `AWS`: made for a service, which alone can use it; nobody in the account can change it. */
  manager: 'CUSTOMER' | 'AWS'
  state: KeyState
  createdMs: number
  /** Only in state PendingDeletion. */
  deletionMs?: number
  /** Only while it is rotated automatically. */
  rotation?: { periodDays: number; nextMs: number }
  /** The material that encrypts. Older ones still decrypt. */
  currentMaterialId: string
  /** In the order in which they were first set. */
  tags: readonly Tag[]
}

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
}
