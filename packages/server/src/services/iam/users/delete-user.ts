import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { accessKeyTable } from '../../../vault/records/access-key.ts'
import { detach } from '../policies/attachments.ts'
import { deleteConflict, requireEntity } from '../entities.ts'
import { needsOn, USERS } from '../families.ts'

export const deleteUser = queryOperation<'iam', 'DeleteUser'>('iam', {
  name: 'DeleteUser',
  summary: 'Deletes a user. They must not have access keys or policies or be in a group. Their sessions end.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['UserName'], response: [] },
  needs: needsOn('DeleteUser', USERS),

  async run(call) {
    const { entry, name } = await requireEntity('user', call.input.UserName, call)
    const { inline, attached, groups, boundary } = entry.value
    if (attached.length > 0) throw deleteConflict('must detach all policies first')
    if (Object.keys(inline).length > 0) throw deleteConflict('must delete policies first')
    if (groups.length > 0) throw deleteConflict('must remove users from group first')
    if (await hasAccessKeys(entry.id, call)) throw deleteConflict('must delete access keys first')
    if (boundary !== undefined) {
      await detach(boundary, { how: 'boundary', kind: 'user', entityId: entry.id }, call)
    }
    call.changes.delete(entry)
    call.changes.delete(name)
    return undefined
  },
})

/** Read after the user's row, which every creation of a key rewrites: a key that this misses causes a conflict. */
async function hasAccessKeys(userId: string, { services }: QueryCall<'iam', 'DeleteUser'>): Promise<boolean> {
  return (await services.records.listByOwner(accessKeyTable, { principalId: userId }, { limit: 1 })).length > 0
}
