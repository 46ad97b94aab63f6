import { issueAccessKey } from '../../../identity/accounts/access-key.ts'
import { accessKeyTable } from '../../../vault/records/access-key.ts'
import { queryOperation } from '../../../execution/define.ts'
import { keyView } from './access-keys.ts'
import { needsOnUser, userIn } from '../users/caller-user.ts'
import { changeEntity } from '../entities.ts'
import { QUOTAS, requireWithin } from '../account/quotas.ts'

export const createAccessKey = queryOperation<'iam', 'CreateAccessKey'>('iam', {
  name: 'CreateAccessKey',
  summary: 'Creates an access key for a user, by default the caller. The secret is returned only in this response.',
  readOnly: false,
  audit: {
    request: ['UserName'],
    response: ['AccessKey.UserName', 'AccessKey.AccessKeyId', 'AccessKey.Status', 'AccessKey.CreateDate'],
  },
  needs: needsOnUser('CreateAccessKey'),

  async run(call) {
    const { services, nowMs, changes } = call
    const user = await userIn(call)
    // Writes the user's row unchanged, so that two keys cannot be created at once, and the user cannot be deleted
    // meanwhile.
    const { principalId, accountId, userName } = changeEntity(user, {}, call)
    const page = { limit: QUOTAS.AccessKeysPerUser }
    const present = await services.records.listByOwner(accessKeyTable, { principalId }, page)
    requireWithin('AccessKeysPerUser', present.length + 1)
    const { record, secretAccessKey } = await issueAccessKey({ principalId, accountId, nowMs }, services, changes)
    return { AccessKey: { ...keyView(record, userName), SecretAccessKey: secretAccessKey } }
  },
})
