import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { Tag } from '../../domain/keys/record.ts'
import type { BoundPolicy } from '../../domain/policy/bound-policy.ts'
import { type EntityRecord, type StoredEntity, withReferences } from './entity.ts'
import { defineTable, global, type Stored } from './table.ts'

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
 * A service that the operator registered. It can act for users who request it, and by key policies and grants that name
 * it. The body of a row of table `principal`.
 */
export interface ServiceRecord {
  type: 'Service'
  /** The service's name is its id: `backup.amazonaws.com`. */
  principalId: string
  /** The operator's account, which owns the service's keys. */
  accountId: string
  createdMs: number
  /** The operator has disabled it: its access keys and the sessions that it obtained for users do not work. */
  disabled?: true
}

export type PrincipalRecord = UserRecord | RoleRecord | ServiceRecord

/** Also one that an earlier build wrote. */
function readPrincipal({ body }: Stored): PrincipalRecord {
  const record = JSON.parse(body) as
    | StoredEntity<UserRecord>
    | StoredEntity<RoleRecord>
    | ServiceRecord
    | FirstAdministrator
  if (record.type === 'Service') return record
  if (record.type === 'IAMUser' && !('attached' in record)) return administratorRecord(record)
  return withReferences(record)
}

/** The only administrator of version 0.1, as it was stored. The row's MAC proves that this version wrote it. */
interface FirstAdministrator {
  type: 'IAMUser'
  principalId: string
  accountId: string
  userName: string
  createdMs: number
}

/** A user with all permissions in the account. */
export function administratorRecord(user: FirstAdministrator): UserRecord {
  return { ...user, path: '/', inline: {}, attached: [{ arn: ADMINISTRATOR_ACCESS }], tags: [], groups: [] }
}

/** The ARN of the AWS managed policy that allows everything. */
export const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess'

export const principalTable = defineTable({
  name: 'principal',
  id: ({ principalId }: Pick<PrincipalRecord, 'principalId'>) => principalId,
  owner: ({ accountId }: Pick<PrincipalRecord, 'accountId'>) => accountId,
  domain: global,
  read: readPrincipal,
  absence:
    'The user, role or service is gone: its access keys and sessions are refused, and no policy means it any more.',
})
