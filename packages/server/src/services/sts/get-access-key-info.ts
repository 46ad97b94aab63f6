import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../execution/define.ts'

export const getAccessKeyInfo = queryOperation<'sts', 'GetAccessKeyInfo'>('sts', {
  name: 'GetAccessKeyInfo',
  summary: 'Returns the account of a long-term access key. Temporary access keys are not stored, so they are unknown.',
  readOnly: true,
  audit: { request: ['AccessKeyId'], response: ['Account'] },
  needs: () => [{ action: 'sts:GetAccessKeyInfo', resource: '*' }],

  // Also for other accounts: STS API Reference, GetAccessKeyInfo. An id cannot be guessed, and reveals nothing about
  // its secret.
  async run({ input: { AccessKeyId }, services: { directory } }) {
    const key = await directory.accessKey(AccessKeyId)
    if (key) return { Account: key.value.accountId }
    throw queryError('ValidationError', `There is no account for the access key ${AccessKeyId}`)
  },
})
