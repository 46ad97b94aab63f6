import { queryOperation } from '../../../execution/define.ts'
import { keyIn } from './access-keys.ts'
import { needsOnUser } from '../users/caller-user.ts'

export const deleteAccessKey = queryOperation<'iam', 'DeleteAccessKey'>('iam', {
  name: 'DeleteAccessKey',
  summary: 'Deletes an access key of a user, and ends the sessions that were created with it. Its id is never reused.',
  readOnly: false,
  audit: { request: ['UserName', 'AccessKeyId'], response: [] },
  needs: needsOnUser('DeleteAccessKey'),

  async run(call) {
    const { row } = await keyIn(call)
    const use = await call.services.store.get('access_key_use', row.id)
    call.changes.delete(row)
    if (use) call.changes.delete(use)
    return undefined
  },
})
