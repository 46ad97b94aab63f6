import { queryOperation } from '../../../execution/define.ts'
import { accessKeyUseTable } from '../../../vault/records/access-key-use.ts'
import { keyIn } from './access-keys.ts'
import { needsOnUser } from '../users/caller-user.ts'

export const deleteAccessKey = queryOperation<'iam', 'DeleteAccessKey'>('iam', {
  name: 'DeleteAccessKey',
  summary: 'Deletes an access key of a user, and ends the sessions that were created with it. Its id is never reused.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['UserName', 'AccessKeyId'], response: [] },
  needs: needsOnUser('DeleteAccessKey'),

  async run(call) {
    const { key } = await keyIn(call)
    call.changes.delete(key)
    call.changes.discard(accessKeyUseTable, key.value)
    return undefined
  },
})
