import type { UserRecord } from '../../../vault/records/principal.ts'
import type { Page, Row } from '../../../vault/storage/store.ts'
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
    const { items, end } = await readPage(call, ['GetGroup', entry.row.id], membersOf(entry.row.id, call))
    return { Group: groupView(entry.value), Users: items.toSorted(byName).map(userView), ...end }
  },
})

/** The users of a group, according to their own records, which decide. */
function membersOf(groupId: string, call: QueryCall<'iam', 'GetGroup'>): Source<UserRecord> {
  const { store, directory } = call.services
  return async function* (after?: string) {
    const list = (page: Page): Promise<Row[]> =>
      store.listByOwner('membership', groupId, { ...page, after: page.after ?? after })
    for await (const { id, target } of pacedRows(list, call)) {
      const user = (await directory.principal(target))?.value
      const isMember = user?.type === 'IAMUser' && user.groups.includes(groupId)
      yield { id, value: isMember ? user : undefined }
    }
  }
}

function byName(one: UserRecord, other: UserRecord): number {
  return one.userName.toLowerCase() < other.userName.toLowerCase() ? -1 : 1
}
