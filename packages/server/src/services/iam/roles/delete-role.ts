import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { detach } from '../policies/attachments.ts'
import { deleteConflict } from '../delete-conflict.ts'
import { requireEntity } from '../entities.ts'
import { needsOn, ROLES } from '../families.ts'
import { boundaryCondition } from '../needed.ts'

export const deleteRole = queryOperation<'iam', 'DeleteRole'>('iam', {
  name: 'DeleteRole',
  summary: 'Deletes a role. It must not have policies or be in an instance profile. Its sessions end.',
  readOnly: false,
  audit: { request: ['RoleName'], response: [] },
  needs: needsOn('DeleteRole', ROLES, boundaryCondition),

  async run(call) {
    const { entry, name } = await requireEntity('role', call.input.RoleName, call)
    const { inline, attached, boundary } = entry.value
    if (attached.length > 0) throw deleteConflict('must detach all policies first')
    if (Object.keys(inline).length > 0) throw deleteConflict('must delete policies first')
    if (await isInProfile(entry.row.id, call)) throw deleteConflict('must remove roles from instance profile first')
    if (boundary !== undefined) {
      await detach(boundary, { how: 'boundary', kind: 'role', entityId: entry.row.id }, call)
    }
    const use = await call.services.store.get('role_use', entry.row.id)
    if (use) call.changes.delete(use)
    call.changes.delete(entry.row)
    call.changes.delete(name.row)
    return undefined
  },
})

/**
 * Read after the role's row. Adding the role to a profile rewrites that row, so an addition that this misses causes a
 * conflict.
 */
async function isInProfile(roleId: string, { services }: QueryCall<'iam', 'DeleteRole'>): Promise<boolean> {
  return (await services.store.listByTarget('instance_profile', roleId, { limit: 1 })).length > 0
}
