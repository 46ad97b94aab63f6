import { issueAccessKey } from '../../../identity/accounts/access-key.ts'
import { accessKeyTable } from '../../../vault/records/access-key.ts'
import { queryError } from '@keyhold/protocol'
import { type Chosen, copyOf } from '../../../execution/chosen.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { keyView } from './access-keys.ts'
import { OF_APPROVING_USERS } from '../of-approvers.ts'
import { needsOnUser, userIn } from '../users/caller-user.ts'
import { changeEntity } from '../entities.ts'
import { QUOTAS, requireWithin } from '../account/quotas.ts'

export const createAccessKey = queryOperation<'iam', 'CreateAccessKey'>('iam', {
  name: 'CreateAccessKey',
  summary: 'Creates an access key for a user, by default the caller. The secret is returned only in this response.',
  readOnly: false,
  afterRollback: { lost: 'The key is not in the database: who used it gets another one.' },
  audit: {
    request: ['UserName'],
    response: ['AccessKey.UserName', 'AccessKey.AccessKeyId', 'AccessKey.Status', 'AccessKey.CreateDate'],
  },
  quorum: OF_APPROVING_USERS,
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
    const chosen = await chosenAccessKey(call)
    const wanted = { principalId, accountId, nowMs, chosen }
    const { record, secretAccessKey } = await issueAccessKey(wanted, services, changes)
    return { AccessKey: { ...keyView(record, userName), SecretAccessKey: secretAccessKey } }
  },
})

/** The id and secret that a seed chose, copied, because the answer is wiped. Ids are unique in all accounts. */
async function chosenAccessKey({ services }: QueryCall<'iam', 'CreateAccessKey'>): Promise<Chosen['accessKey']> {
  const chosen = services.chosen?.accessKey
  if (chosen === undefined) return undefined
  const { accessKeyId, secretAccessKey } = chosen
  if ((await services.directory.accessKey(accessKeyId)) === undefined) {
    return { accessKeyId, secretAccessKey: copyOf(secretAccessKey) }
  }
  throw queryError('EntityAlreadyExists', `An access key ${accessKeyId} already exists.`)
}
