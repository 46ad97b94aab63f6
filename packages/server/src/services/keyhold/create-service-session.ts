import { parseArn } from '@keyhold/protocol'
import { issueSession, sessionTimes } from '../../identity/accounts/issue-session.ts'
import { queryOperation } from '../../execution/define.ts'
import { requireService } from './service-caller.ts'

const NAME = 'CreateServiceSession'
const USUAL_SECONDS = 900

export const createServiceSession = queryOperation<'keyhold', typeof NAME>('keyhold', {
  name: NAME,
  summary: 'Returns temporary credentials for a registered service, which state the resource that it acts for.',
  readOnly: true,
  audit: {
    request: ['SourceArn', 'SourceAccount', 'DurationSeconds'],
    response: ['Credentials.AccessKeyId', 'Credentials.Expiration'],
  },
  needs: () => [],

  async run({ caller, input, services }) {
    const service = requireService(caller, `keyhold:${NAME}`)
    const { SourceArn: sourceArn, DurationSeconds = USUAL_SECONDS } = input
    const sourceAccount = input.SourceAccount ?? parseArn(sourceArn)?.account
    const claims = {
      kind: 'service' as const,
      principalId: service,
      accountId: caller.principal.accountId,
      ...sessionTimes(DurationSeconds, services),
      tags: [],
      transitiveTagKeys: [],
      via: { service, forwarded: false, sourceArn, ...(sourceAccount !== undefined && { sourceAccount }) },
    }
    return { Credentials: await issueSession(claims, [caller], services) }
  },
})
