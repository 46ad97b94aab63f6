import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../execution/define.ts'

export const getAccessKeyInfo = queryOperation<'sts', 'GetAccessKeyInfo'>('sts', {
  name: 'GetAccessKeyInfo',
  summary: 'Says which account a long-term access key belongs to. Of temporary ones nothing is kept.',
  readOnly: true,
  audit: { request: ['AccessKeyId'], response: ['Account'] },
  needs: () => [{ action: 'sts:GetAccessKeyInfo', resource: '*' }],

  // Also of other accounts: STS API Reference, GetAccessKeyInfo. An id cannot be guessed, and says nothing of its secret.
  async run({ input: { AccessKeyId }, services: { directory } }) {
    const key = await directory.accessKey(AccessKeyId)
    if (key) return { Account: key.value.record.accountId }
    throw queryError('ValidationError', `There is no account for the access key ${AccessKeyId}`)
  },
})
