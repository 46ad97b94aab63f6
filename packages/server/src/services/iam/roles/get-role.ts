import { queryOperation } from '../../../execution/define.ts'
import { requireEntity } from '../entities.ts'
import { needsOn, ROLES } from '../families.ts'
import { boundaryCondition } from '../needed.ts'
import { roleLastUsed, wholeRole } from './role-view.ts'

export const getRole = queryOperation<'iam', 'GetRole'>('iam', {
  name: 'GetRole',
  summary: 'Returns a role with its trust policy and its last use.',
  readOnly: true,
  audit: { request: ['RoleName'], response: [] },
  needs: needsOn('GetRole', ROLES, boundaryCondition),

  async run(call) {
    const { entry } = await requireEntity('role', call.input.RoleName, call)
    const role = await wholeRole(entry.value, call.services.directory)
    return { Role: { ...role, RoleLastUsed: await roleLastUsed(entry.value, call) } }
  },
})
