import { type MembershipRecord, membershipTable } from '../../../vault/records/membership.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { changeEntity, type NamedEntity, requireEntity } from '../entities.ts'
import { entityIn, GROUPS, needsOn } from '../families.ts'
import { requireWithin } from '../account/quotas.ts'

export const addUserToGroup = queryOperation<'iam', 'AddUserToGroup'>('iam', {
  name: 'AddUserToGroup',
  summary: 'Adds a user to a group. Adding a member has no effect.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['GroupName', 'UserName'], response: [] },
  needs: needsOn('AddUserToGroup', GROUPS),

  async run(call) {
    const { user, group, groups, membership } = await parties(call)
    if (groups.includes(group.entry.id)) return undefined
    requireWithin('GroupsPerUser', groups.length + 1)
    call.changes.insert(membershipTable, membership)
    changeEntity(user, { groups: [...groups, group.entry.id] }, call)
    changeEntity(group, { members: group.entry.value.members + 1 }, call)
    return undefined
  },
})

export const removeUserFromGroup = queryOperation<'iam', 'RemoveUserFromGroup'>('iam', {
  name: 'RemoveUserFromGroup',
  summary: 'Removes a user from a group. Removing a user who is not a member has no effect.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['GroupName', 'UserName'], response: [] },
  needs: needsOn('RemoveUserFromGroup', GROUPS),

  async run(call) {
    const { user, group, groups, membership } = await parties(call)
    if (!groups.includes(group.entry.id)) return undefined
    call.changes.discard(membershipTable, membership)
    changeEntity(user, { groups: groups.filter((one) => one !== group.entry.id) }, call)
    changeEntity(group, { members: group.entry.value.members - 1 }, call)
    return undefined
  },
})

interface Parties {
  user: NamedEntity<'user'>
  group: NamedEntity<'group'>
  /** Ids of the groups that contain the user. */
  groups: readonly string[]
  /** What finds the way from the group to the user. */
  membership: MembershipRecord
}

/** Returns the group and the user of a request. Throws NoSuchEntity. */
async function parties(call: QueryCall<'iam', 'AddUserToGroup' | 'RemoveUserFromGroup'>): Promise<Parties> {
  const group = await entityIn(GROUPS, call)
  const user = await requireEntity('user', call.input.UserName, call)
  const membership = { groupId: group.entry.id, principalId: user.entry.id }
  return { user, group, groups: user.entry.value.groups, membership }
}
