import type { Tag } from '../../domain/keys/record.ts'

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
