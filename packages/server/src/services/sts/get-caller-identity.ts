import { queryOperation } from '../../execution/define.ts'
import { EVERY_SESSION } from '../../execution/session-fault.ts'

export const getCallerIdentity = queryOperation<'sts', 'GetCallerIdentity'>('sts', {
  name: 'GetCallerIdentity',
  summary: 'Returns the identity of the caller. No permission is needed, and no policy can deny it.',
  readOnly: true,
  sessions: EVERY_SESSION,
  audit: { request: [], response: [] },
  needs: () => [],

  run: async ({ caller: { principal } }) => ({
    UserId: principal.principalId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
})
