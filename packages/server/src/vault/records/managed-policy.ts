import type { Tag } from '../../domain/keys/record.ts'
import { defineTable, global } from './table.ts'

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
  /** The number of the next version. Numbers are not reused. */
  nextVersion: number
  /** How many entities have it attached, and how many have it as their boundary. Both must be 0 to delete it. */
  attachments: number
  boundaries: number
}

export interface PolicyVersion {
  /** `v1`, `v2`, … */
  versionId: string
  text: string
  createdMs: number
}

export const managedPolicyTable = defineTable({
  name: 'managed_policy',
  id: ({ policyId }: Pick<ManagedPolicyRecord, 'policyId'>) => policyId,
  owner: ({ accountId }: Pick<ManagedPolicyRecord, 'accountId'>) => accountId,
  domain: global,
  read: ({ body }) => JSON.parse(body) as ManagedPolicyRecord,
  absence: 'The requests of all who have the policy fail: it may have held a denial.',
})
