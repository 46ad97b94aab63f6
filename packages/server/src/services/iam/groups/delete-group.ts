import { queryOperation } from '../../../execution/define.ts'
import { deleteConflict } from '../entities.ts'
import { entityIn, GROUPS, needsOn } from '../families.ts'

export const deleteGroup = queryOperation<'iam', 'DeleteGroup'>('iam', {
  name: 'DeleteGroup',
  summary: 'Deletes a group. It must not contain users or have policies.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['GroupName'], response: [] },
  needs: needsOn('DeleteGroup', GROUPS),

  async run(call) {
    const { entry, name } = await entityIn(GROUPS, call)
    const { inline, attached, members } = entry.value
    if (members > 0) throw deleteConflict('must remove users from group first')
    if (attached.length > 0) throw deleteConflict('must detach all policies first')
    if (Object.keys(inline).length > 0) throw deleteConflict('must delete policies first')
    call.changes.delete(entry)
    call.changes.delete(name)
    return undefined
  },
})
