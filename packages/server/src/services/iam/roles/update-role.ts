import { queryOperation } from '../../../execution/define.ts'
import { changeEntity, requireEntity } from '../entities.ts'
import { needsOn, ROLES } from '../families.ts'
import { boundaryCondition } from '../needed.ts'
import { wholeRole } from './role-view.ts'

export const updateRole = queryOperation<'iam', 'UpdateRole'>('iam', {
  name: 'UpdateRole',
  summary: 'Changes the description or the maximum session duration of a role.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['RoleName', 'Description', 'MaxSessionDuration'], response: [] },
  needs: needsOn('UpdateRole', ROLES, boundaryCondition),

  async run(call) {
    const { RoleName, Description, MaxSessionDuration } = call.input
    const change = {
      ...(Description !== undefined && { description: Description }),
      ...(MaxSessionDuration !== undefined && { maxSessionSeconds: MaxSessionDuration }),
    }
    changeEntity(await requireEntity('role', RoleName, call), change, call)
    return {}
  },
})

export const updateRoleDescription = queryOperation<'iam', 'UpdateRoleDescription'>('iam', {
  name: 'UpdateRoleDescription',
  summary: 'Changes the description of a role. UpdateRole does the same.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['RoleName', 'Description'], response: ['Role'] },
  needs: needsOn('UpdateRoleDescription', ROLES, boundaryCondition),

  async run(call) {
    const { RoleName, Description: description } = call.input
    const role = changeEntity(await requireEntity('role', RoleName, call), { description }, call)
    return { Role: await wholeRole(role, call.services.directory) }
  },
})
