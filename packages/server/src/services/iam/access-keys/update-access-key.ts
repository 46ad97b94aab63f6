import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../../execution/define.ts'
import { keyIn } from './access-keys.ts'
import { OF_APPROVING_USERS_ACTIVE } from '../of-approvers.ts'
import { needsOnUser } from '../users/caller-user.ts'

export const updateAccessKey = queryOperation<'iam', 'UpdateAccessKey'>('iam', {
  name: 'UpdateAccessKey',
  summary:
    'Sets the status of an access key to active or inactive, from the next request on. Existing sessions continue.',
  readOnly: false,
  afterRollback: ({ Status }) => (Status === 'Inactive' ? 'again' : 'again where nothing is missing'),
  audit: { request: ['UserName', 'AccessKeyId', 'Status'], response: [] },

  check: ({ Status }) =>
    Status === 'Expired'
      ? queryError(
          'ValidationError',
          'The status of an access key can be set to Active or Inactive, but not to Expired.',
        )
      : undefined,

  quorum: OF_APPROVING_USERS_ACTIVE,
  needs: needsOnUser('UpdateAccessKey'),

  async run(call) {
    const { key } = await keyIn(call)
    call.changes.update(key, { ...key.value, active: call.input.Status === 'Active' })
    return undefined
  },
})
