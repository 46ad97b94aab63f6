import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { instanceProfileTable } from '../../../vault/records/instance-profile.ts'
import { roleUseTable } from '../../../vault/records/role-use.ts'
import { detach } from '../policies/attachments.ts'
import { deleteConflict, requireEntity } from '../entities.ts'
import { needsOn, ROLES } from '../families.ts'
import { boundaryCondition } from '../needed.ts'

export const deleteRole = queryOperation<'iam', 'DeleteRole'>('iam', {
  name: 'DeleteRole',
  summary: 'Deletes a role. It must not have policies or be in an instance profile. Its sessions end.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['RoleName'], response: [] },
  needs: needsOn('DeleteRole', ROLES, boundaryCondition),

  async run(call) {
    const { entry, name } = await requireEntity('role', call.input.RoleName, call)
    const { inline, attached, boundary } = entry.value
    if (attached.length > 0) throw deleteConflict('must detach all policies first')
    if (Object.keys(inline).length > 0) throw deleteConflict('must delete policies first')
    if (await isInProfile(entry.id, call)) throw deleteConflict('must remove roles from instance profile first')
    if (boundary !== undefined) {
      await detach(boundary, { how: 'boundary', kind: 'role', entityId: entry.id }, call)
    }
    call.changes.discard(roleUseTable, entry.value)
    call.changes.delete(entry)
    call.changes.delete(name)
    return undefined
  },
})

/**
 * Read after the role's row. Adding the role to a profile rewrites that row, so an addition that this misses causes a
 * conflict.
 */
async function isInProfile(roleId: string, { services }: QueryCall<'iam', 'DeleteRole'>): Promise<boolean> {
  return (await services.records.listByTarget(instanceProfileTable, { roleId }, { limit: 1 })).length > 0
}
