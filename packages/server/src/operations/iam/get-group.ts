import type { UserRecord } from '../../identity/records.ts'
import { type QueryCall, queryOperation } from '../define.ts'
import { entityIn, GROUPS, needsOn } from './families.ts'
import { pacedRows } from './paced-rows.ts'
import { inOrderOf, readPage } from './pages.ts'
import { groupView, userView } from './views.ts'

export const getGroup = queryOperation<'iam', 'GetGroup'>('iam', {
  name: 'GetGroup',
  summary: 'Describes a group and lists its users.',
  readOnly: true,
  audit: { request: ['GroupName', 'Marker', 'MaxItems'], response: [] },
  needs: needsOn('GetGroup', GROUPS),

  async run(call) {
    const { entry } = await entityIn(GROUPS, call)
    const users = inOrderOf(({ userName }) => userName.toLowerCase(), await membersOf(entry.row.id, call))
    const { items, end } = await readPage(call, ['GetGroup', entry.row.id], users)
    return { Group: groupView(entry.value), Users: items.map(userView), ...end }
  },
})

/** The users who are in the group by their own records, which decide. */
async function membersOf(groupId: string, call: QueryCall<'iam', 'GetGroup'>): Promise<UserRecord[]> {
  const { store, directory } = call.services
  const members: UserRecord[] = []
  for await (const { target } of pacedRows((page) => store.listByOwner('membership', groupId, page), call)) {
    const user = (await directory.principal(target))?.value
    if (user?.type === 'IAMUser' && user.groups.includes(groupId)) members.push(user)
  }
  return members
}
