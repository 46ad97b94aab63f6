import type { UserRecord } from '../../../vault/records/principal.ts'
import { queryOperation } from '../../../execution/define.ts'
import { neededToList } from '../needed.ts'
import { eachOf, entityNames, readPage } from '../pages.ts'
import { userView } from '../views.ts'

export const listUsers = queryOperation<'iam', 'ListUsers'>('iam', {
  name: 'ListUsers',
  summary: 'Lists the users of the account, optionally by path prefix.',
  readOnly: true,
  audit: { request: ['PathPrefix', 'Marker', 'MaxItems'], response: [] },
  needs: ({ PathPrefix }, context) => [neededToList('ListUsers', 'user', PathPrefix, context)],

  async run(call) {
    const { PathPrefix } = call.input
    const users = eachOf(entityNames('user', PathPrefix, call), async ({ entityId }) => {
      const user = (await call.services.directory.principal(entityId))?.value as UserRecord | undefined
      return user && userView(user)
    })
    const { items, end } = await readPage(call, ['ListUsers', PathPrefix], users)
    return { Users: items, ...end }
  },
})
