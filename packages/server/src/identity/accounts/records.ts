import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { Tag } from '../../domain/keys/record.ts'

/** The body of a row of table `account`. */
export interface AccountRecord {
  accountId: string
  createdMs: number
}

/** What users, roles and groups have in common. */
export interface EntityRecord {
  accountId: string
  /** `/`, or `/division/team/`. */
  path: string
  createdMs: number
  /** Inline policies by name, as they were put. */
  inline: Readonly<Record<string, string>>
  /**
   * The managed policies that are attached. This list decides, and a policy in it that is missing is a fault:
   * rows of table `attachment` only find the way back from a policy, so that to remove one takes no denial away.
   */
  attached: readonly PolicyReference[]
}

/** A user. The body of a row of table `principal`. */
export interface UserRecord extends EntityRecord {
  type: 'IAMUser'
  principalId: string
  userName: string
  tags: readonly Tag[]
  /** The managed policy that is the permissions boundary. */
  boundary?: PolicyReference
  /** Ids of its groups; like {@link EntityRecord.attached}, this list decides. */
  groups: readonly string[]
}

/** A role. The body of a row of table `principal`. */
export interface RoleRecord extends EntityRecord {
  type: 'Role'
  principalId: string
  roleName: string
  tags: readonly Tag[]
  boundary?: PolicyReference
  trust: BoundPolicy
  description: string
  maxSessionSeconds: number
}

/**
 * A service that the operator registered: it may act for the users who asked it to, and by key policies and grants that
 * name it. The body of a row of table `principal`.
 */
export interface ServiceRecord {
  type: 'Service'
  /** Its name is its id: `backup.amazonaws.com`. */
  principalId: string
  /** The operator's account, where its own keys are. */
  accountId: string
  createdMs: number
  /** The operator has stopped it: neither its access keys nor the sessions that it got for users work. */
  disabled?: true
}

export type PrincipalRecord = UserRecord | RoleRecord | ServiceRecord

/** The body of a row of table `group`. */
export interface GroupRecord extends EntityRecord {
  groupId: string
  groupName: string
  /** How many users are in it; counted here so that deleting it and joining it cannot cross. */
  members: number
}

/** The body of a row of table `managed_policy`. */
export interface ManagedPolicyRecord {
  policyId: string
  policyName: string
  accountId: string
  path: string
  description: string
  tags: readonly Tag[]
  createdMs: number
  updatedMs: number
  /** Oldest first; at most five. */
  versions: readonly PolicyVersion[]
  defaultVersion: string
  /** The number that the next version gets: numbers are not used again. */
  nextVersion: number
  /** How many entities have it attached, and how many as their boundary: none may when it is deleted. */
  attachments: number
  boundaries: number
}

export interface PolicyVersion {
  /** `v1`, `v2`, … */
  versionId: string
  text: string
  createdMs: number
}

/**
 * The body of a row of table `instance_profile`. There are no instances here that could use one: tools make them beside
 * roles. The row's target is the role's id, so that the way back is found.
 */
export interface InstanceProfileRecord {
  profileId: string
  profileName: string
  accountId: string
  path: string
  createdMs: number
  tags: readonly Tag[]
  /** The immutable id of the role in it, if there is one. */
  roleId?: string
}

/** The body of a row of table `oidc_provider`: an OpenID Connect issuer whose tokens roles of the account may trust. */
export interface OidcProviderRecord {
  accountId: string
  /** The issuer without `https://`: how policies call it. */
  provider: string
  /** Which audiences a token must be for, one of them at least. */
  clientIds: readonly string[]
  /** As given; nothing is compared with them: the operator says how an issuer's keys are found and trusted. */
  thumbprints: readonly string[]
  tags: readonly Tag[]
  createdMs: number
}

/** The body of a row of table `entity_name`: which entity has the name. */
export interface EntityNameRecord {
  entityId: string
  /** As it was given; the row's id has it in lower case, as names differ in more than case. */
  name: string
  path: string
}

/** The body of a row of table `access_key`; the secret access key is the row's sealed bytes. */
export interface AccessKeyRecord {
  accessKeyId: string
  principalId: string
  accountId: string
  active: boolean
  createdMs: number
  /** How often the sessions made with it were ended; never, unless given. Sessions of an earlier epoch are refused. */
  sessionEpoch?: number
}

/** The body of a row of table `access_key_use`: when and for what an access key was last used, as far as it is written down. */
export interface AccessKeyUseRecord {
  usedMs: number
  region: string
  service: string
}

/** The body of a row of table `role_use`: when and where credentials of a role were last used, as far as it is written down. */
export interface RoleUseRecord {
  usedMs: number
  region: string
}

/** The body of a principal's row, also of one that an earlier build wrote. */
export function readPrincipal(body: string): PrincipalRecord {
  const record = JSON.parse(body) as Stored<UserRecord> | Stored<RoleRecord> | ServiceRecord | FirstAdministrator
  if (record.type === 'Service') return record
  if (record.type === 'IAMUser' && !('attached' in record)) return administratorRecord(record)
  return withReferences(record)
}

/** The body of a group's row, also of one that an earlier build wrote. */
export function readGroup(body: string): GroupRecord {
  return withReferences(JSON.parse(body) as Stored<GroupRecord>)
}

/** Earlier builds referred to managed policies by ARN alone. */
type StoredReference = PolicyReference | string

type Stored<T extends EntityRecord> = Omit<T, 'attached' | 'boundary'> & {
  attached: readonly StoredReference[]
  boundary?: StoredReference
}

function withReferences<T extends EntityRecord>({ attached, boundary, ...rest }: Stored<T>): T {
  const references = { attached: attached.map(readReference), ...(boundary && { boundary: readReference(boundary) }) }
  return { ...rest, ...references } as unknown as T
}

function readReference(stored: StoredReference): PolicyReference {
  return typeof stored === 'string' ? { arn: stored } : stored
}

/** What version 0.1 stored of the one administrator that it knew. The row's MAC says that it was that version. */
interface FirstAdministrator {
  type: 'IAMUser'
  principalId: string
  accountId: string
  userName: string
  createdMs: number
}

/** A user who may do everything in the account. */
export function administratorRecord(user: FirstAdministrator): UserRecord {
  return { ...user, path: '/', inline: {}, attached: [{ arn: ADMINISTRATOR_ACCESS }], tags: [], groups: [] }
}

/** The ARN of AWS's own policy that allows everything. */
export const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess'
