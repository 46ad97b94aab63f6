import { defineTable, global } from './table.ts'

/** Leads from a group to a user in it. The user's own record decides which groups the user is in. */
export interface MembershipRecord {
  groupId: string
  principalId: string
}

export const membershipTable = defineTable({
  name: 'membership',
  id: ({ groupId, principalId }: MembershipRecord) => `${groupId}/${principalId}`,
  owner: ({ groupId }: Pick<MembershipRecord, 'groupId'>) => groupId,
  target: ({ principalId }: Pick<MembershipRecord, 'principalId'>) => principalId,
  domain: global,
  read: ({ owner, target }): MembershipRecord => ({ groupId: owner, principalId: target }),
  body: () => '{}',
  absence: 'GetGroup does not list the user, who stays in the group.',
  dispensable: true,
})
