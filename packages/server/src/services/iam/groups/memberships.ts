import { identityRow } from '../../../identity/accounts/identity-row.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { changeEntity, type NamedEntity, requireEntity } from '../entities.ts'
import { entityIn, GROUPS, needsOn } from '../families.ts'
import { requireWithin } from '../account/quotas.ts'

export const addUserToGroup = queryOperation<'iam', 'AddUserToGroup'>('iam', {
  name: 'AddUserToGroup',
  summary: 'Adds a user to a group. Adding a member has no effect.',
  readOnly: false,
  audit: { request: ['GroupName', 'UserName'], response: [] },
  needs: needsOn('AddUserToGroup', GROUPS),

  async run(call) {
    const { user, group, groups, id } = await parties(call)
    if (groups.includes(group.entry.row.id)) return undefined
    requireWithin('GroupsPerUser', groups.length + 1)
    const place = { target: user.entry.row.id }
    const row = identityRow('membership', id, group.entry.row.id, {}, place)
    call.changes.insert(await call.services.hierarchy.authenticate(row))
    await changeEntity('user', user, { groups: [...groups, group.entry.row.id] }, call)
    await changeEntity('group', group, { members: group.entry.value.members + 1 }, call)
    return undefined
  },
})

export const removeUserFromGroup = queryOperation<'iam', 'RemoveUserFromGroup'>('iam', {
  name: 'RemoveUserFromGroup',
  summary: 'Removes a user from a group. Removing a user who is not a member has no effect.',
  readOnly: false,
  audit: { request: ['GroupName', 'UserName'], response: [] },
  needs: needsOn('RemoveUserFromGroup', GROUPS),

  async run(call) {
    const { user, group, groups, id } = await parties(call)
    if (!groups.includes(group.entry.row.id)) return undefined
    const row = await call.services.store.get('membership', id)
    if (row) call.changes.delete(row)
    await changeEntity('user', user, { groups: groups.filter((one) => one !== group.entry.row.id) }, call)
    await changeEntity('group', group, { members: group.entry.value.members - 1 }, call)
    return undefined
  },
})

interface Parties {
  user: NamedEntity<'user'>
  group: NamedEntity<'group'>
  /** Ids of the groups that contain the user. */
  groups: readonly string[]
  /** The id of the row for the lookup from group to user. */
  id: string
}

/** Returns the group and the user of a request. Throws NoSuchEntity. */
async function parties(call: QueryCall<'iam', 'AddUserToGroup' | 'RemoveUserFromGroup'>): Promise<Parties> {
  const group = await entityIn(GROUPS, call)
  const user = await requireEntity('user', call.input.UserName, call)
  return { user, group, groups: user.entry.value.groups, id: `${group.entry.row.id}/${user.entry.row.id}` }
}
