import { queryOperation } from '../../../execution/define.ts'
import { entityIn, GROUPS } from '../families.ts'
import { neededToRename } from '../needed.ts'
import { renameEntity } from '../new-entity.ts'

export const updateGroup = queryOperation<'iam', 'UpdateGroup'>('iam', {
  name: 'UpdateGroup',
  summary: 'Changes the name or path of a group. Its users and policies stay.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['GroupName', 'NewPath', 'NewGroupName'], response: [] },
  needs: ({ GroupName, NewGroupName, NewPath }, context) =>
    neededToRename('UpdateGroup', { kind: 'group', name: GroupName }, { name: NewGroupName, path: NewPath }, context),

  async run(call) {
    const { NewGroupName, NewPath } = call.input
    const group = await entityIn(GROUPS, call)
    const { value } = group.entry
    const record = { ...value, groupName: NewGroupName ?? value.groupName, path: NewPath ?? value.path }
    await renameEntity(group, { name: record.groupName, record }, call)
    return undefined
  },
})
