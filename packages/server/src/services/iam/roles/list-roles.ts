import type { RoleRecord } from '../../../vault/records/principal.ts'
import { queryOperation } from '../../../execution/define.ts'
import { neededToList } from '../needed.ts'
import { eachOf, entityNames, readPage } from '../pages.ts'
import { roleView } from './role-view.ts'

export const listRoles = queryOperation<'iam', 'ListRoles'>('iam', {
  name: 'ListRoles',
  summary: 'Lists the roles of the account, optionally by path prefix.',
  readOnly: true,
  audit: { request: ['PathPrefix', 'Marker', 'MaxItems'], response: [] },
  needs: ({ PathPrefix }, context) => [neededToList('ListRoles', 'role', PathPrefix, context)],

  async run(call) {
    const { PathPrefix } = call.input
    const roles = eachOf(entityNames('role', PathPrefix, call), async ({ entityId }) => {
      const role = (await call.services.directory.principal(entityId))?.value as RoleRecord | undefined
      return role && roleView(role, call.services.directory)
    })
    const { items, end } = await readPage(call, ['ListRoles', PathPrefix], roles)
    return { Roles: items, ...end }
  },
})
