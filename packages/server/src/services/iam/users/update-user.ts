import { queryOperation } from '../../../execution/define.ts'
import { requireEntity } from '../entities.ts'
import { neededToRename } from '../needed.ts'
import { renameEntity } from '../new-entity.ts'

export const updateUser = queryOperation<'iam', 'UpdateUser'>('iam', {
  name: 'UpdateUser',
  summary: 'Changes the name or path of a user. Their id, and everything that is bound to it, stays.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['UserName', 'NewPath', 'NewUserName'], response: [] },

  needs: ({ UserName, NewUserName, NewPath }, context) =>
    neededToRename('UpdateUser', { kind: 'user', name: UserName }, { name: NewUserName, path: NewPath }, context),

  async run(call) {
    const { UserName, NewUserName, NewPath } = call.input
    const user = await requireEntity('user', UserName, call)
    const { value } = user.entry
    const record = { ...value, userName: NewUserName ?? value.userName, path: NewPath ?? value.path }
    await renameEntity(user, { name: record.userName, record }, call)
    return undefined
  },
})
