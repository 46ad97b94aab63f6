import { queryOperation } from '../define.ts'
import { requireEntity } from './entities.ts'
import { needsOn, ROLES } from './families.ts'
import { boundaryCondition } from './needed.ts'
import { wholeRole } from './role-view.ts'

export const getRole = queryOperation<'iam', 'GetRole'>('iam', {
  name: 'GetRole',
  summary: 'Describes a role, its trust policy included.',
  readOnly: true,
  audit: { request: ['RoleName'], response: [] },
  needs: needsOn('GetRole', ROLES, boundaryCondition),

  async run(call) {
    const { entry } = await requireEntity('role', call.input.RoleName, call)
    return { Role: await wholeRole(entry.value, call.services.directory) }
  },
})
