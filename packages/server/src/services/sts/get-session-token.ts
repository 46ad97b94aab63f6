import { queryError } from '@keyhold/protocol'
import type { Caller } from '../../identity/accounts/caller.ts'
import { issueSession, sessionTimes } from '../../identity/accounts/issue-session.ts'
import { queryOperation } from '../../execution/define.ts'
import { unsupportedMember } from './unsupported-members.ts'

/** STS API Reference, GetSessionToken: 43,200 seconds unless asked otherwise. */
const USUAL_SECONDS = 43_200

export const getSessionToken = queryOperation<'sts', 'GetSessionToken'>('sts', {
  name: 'GetSessionToken',
  summary:
    'Gives a user temporary credentials of his own. Needs no permission, and his policies limit them as they do him.',
  readOnly: true,
  audit: { request: ['DurationSeconds'], response: ['Credentials.AccessKeyId', 'Credentials.Expiration'] },

  check: unsupportedMember,
  needs: () => [],

  async run({ caller, input: { DurationSeconds = USUAL_SECONDS }, services }) {
    const principalId = longTermUser(caller)
    const { accountId } = caller.principal
    const session = { ...sessionTimes(DurationSeconds, services), tags: [], transitiveTagKeys: [] }
    return { Credentials: await issueSession({ kind: 'user', principalId, accountId, ...session }, [caller], services) }
  },
})

/** The id of the user who calls with an access key of their own, as no session gets here. Throws AccessDenied for others. */
function longTermUser({ principal, identityId }: Caller): string {
  if (principal.type === 'IAMUser' && identityId !== undefined) return identityId
  throw queryError('AccessDenied', 'GetSessionToken is for users: call it with the access key of one.')
}
