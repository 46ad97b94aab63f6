import type { Tag } from '../../domain/keys/record.ts'
import { defineTable, global } from './table.ts'

/**
 * The body of a row of table `instance_profile`. No instance uses it; tools create profiles beside roles. The row's
 * target is the role's id, for lookups from the role.
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

export const instanceProfileTable = defineTable({
  name: 'instance_profile',
  id: ({ profileId }: Pick<InstanceProfileRecord, 'profileId'>) => profileId,
  owner: ({ accountId }: Pick<InstanceProfileRecord, 'accountId'>) => accountId,
  target: ({ roleId = '' }: Pick<InstanceProfileRecord, 'roleId'>) => roleId,
  domain: global,
  read: ({ body }) => JSON.parse(body) as InstanceProfileRecord,
  absence: 'The profile is gone, which nothing here uses.',
})
