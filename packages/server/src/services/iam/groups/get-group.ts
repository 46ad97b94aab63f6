import type { UserRecord } from '../../../vault/records/principal.ts'
import { membershipTable } from '../../../vault/records/membership.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { entityIn, GROUPS, needsOn } from '../families.ts'
import { pacedRows } from '../paced-rows.ts'
import { readPage, type Source } from '../pages.ts'
import { groupView, userView } from '../views.ts'

export const getGroup = queryOperation<'iam', 'GetGroup'>('iam', {
  name: 'GetGroup',
  summary: 'Returns a group and its users.',
  readOnly: true,
  audit: { request: ['GroupName', 'Marker', 'MaxItems'], response: [] },
  needs: needsOn('GetGroup', GROUPS),

  async run(call) {
    const { entry } = await entityIn(GROUPS, call)
    const { items, end } = await readPage(call, ['GetGroup', entry.id], membersOf(entry.id, call))
    return { Group: groupView(entry.value), Users: items.toSorted(byName).map(userView), ...end }
  },
})

/** The users of a group, according to their own records, which decide. */
function membersOf(groupId: string, call: QueryCall<'iam', 'GetGroup'>): Source<UserRecord> {
  const { records, directory } = call.services
  return async function* (after?: string) {
    const members = pacedRows((page) => records.listByOwner(membershipTable, { groupId }, page), call, after)
    for await (const { id, value } of members) {
      const user = (await directory.principal(value.principalId))?.value
      const isMember = user?.type === 'IAMUser' && user.groups.includes(groupId)
      yield { id, value: isMember ? user : undefined }
    }
  }
}

function byName(one: UserRecord, other: UserRecord): number {
  return one.userName.toLowerCase() < other.userName.toLowerCase() ? -1 : 1
}
