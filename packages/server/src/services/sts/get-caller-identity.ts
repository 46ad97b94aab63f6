import { queryOperation } from '../../execution/define.ts'

export const getCallerIdentity = queryOperation<'sts', 'GetCallerIdentity'>('sts', {
  name: 'GetCallerIdentity',
  summary: 'Says whose credentials the caller uses. Needs no permission, and no policy can deny it.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [],

  run: async ({ caller: { principal } }) => ({
    UserId: principal.principalId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
})
