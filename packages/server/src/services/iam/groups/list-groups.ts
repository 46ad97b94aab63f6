import { queryOperation } from '../../../execution/define.ts'
import { neededToList } from '../needed.ts'
import { eachOf, entityNames, readPage } from '../pages.ts'
import { groupView } from '../views.ts'

export const listGroups = queryOperation<'iam', 'ListGroups'>('iam', {
  name: 'ListGroups',
  summary: 'Lists the groups of the account, optionally by path prefix.',
  readOnly: true,
  audit: { request: ['PathPrefix', 'Marker', 'MaxItems'], response: [] },
  needs: ({ PathPrefix }, context) => [neededToList('ListGroups', 'group', PathPrefix, context)],

  async run(call) {
    const { PathPrefix } = call.input
    const groups = eachOf(entityNames('group', PathPrefix, call), async ({ entityId }) => {
      const entry = await call.services.directory.group(entityId)
      return entry && groupView(entry.value)
    })
    const { items, end } = await readPage(call, ['ListGroups', PathPrefix], groups)
    return { Groups: items, ...end }
  },
})
