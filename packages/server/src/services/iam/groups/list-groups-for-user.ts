import { queryOperation } from '../../../execution/define.ts'
import { entityIn, needsOn, USERS } from '../families.ts'
import { inOrderOf, readPage } from '../pages.ts'
import { groupView } from '../views.ts'

export const listGroupsForUser = queryOperation<'iam', 'ListGroupsForUser'>('iam', {
  name: 'ListGroupsForUser',
  summary: 'Lists the groups that contain a user.',
  readOnly: true,
  audit: { request: ['UserName', 'Marker', 'MaxItems'], response: [] },
  needs: needsOn('ListGroupsForUser', USERS),

  async run(call) {
    const { entry } = await entityIn(USERS, call)
    const found = await Promise.all(entry.value.groups.map((id) => call.services.directory.group(id)))
    const groups = found.flatMap((group) => (group ? [groupView(group.value)] : []))
    const source = inOrderOf(({ GroupName }) => GroupName.toLowerCase(), groups)
    const { items, end } = await readPage(call, ['ListGroupsForUser', entry.id], source)
    return { Groups: items, ...end }
  },
})
