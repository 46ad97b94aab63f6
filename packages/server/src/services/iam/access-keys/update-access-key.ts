import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../../execution/define.ts'
import { keyIn } from './access-keys.ts'
import { needsOnUser } from '../users/caller-user.ts'

export const updateAccessKey = queryOperation<'iam', 'UpdateAccessKey'>('iam', {
  name: 'UpdateAccessKey',
  summary: 'Deactivates an access key, or activates it again. It acts from the next request on. Sessions go on.',
  readOnly: false,
  audit: { request: ['UserName', 'AccessKeyId', 'Status'], response: [] },

  check: ({ Status }) =>
    Status === 'Expired'
      ? queryError('ValidationError', 'An access key is set to Active or Inactive; Expired is what time makes of one.')
      : undefined,

  needs: needsOnUser('UpdateAccessKey'),

  async run(call) {
    const { row, record } = await keyIn(call)
    const body = JSON.stringify({ ...record, active: call.input.Status === 'Active' })
    const changed = { ...row, body, version: row.version + 1 }
    call.changes.update(await call.services.hierarchy.authenticate(changed, row.generation))
    return undefined
  },
})
