import { queryError } from '@keyhold/protocol'
import type { Caller } from '../../identity/accounts/caller.ts'
import { issueSession, sessionTimes } from '../../identity/accounts/issue-session.ts'
import { queryOperation } from '../../execution/define.ts'
import { unsupportedMember } from './unsupported-members.ts'

/** STS API Reference, GetSessionToken: 43,200 seconds by default. */
const USUAL_SECONDS = 43_200

export const getSessionToken = queryOperation<'sts', 'GetSessionToken'>('sts', {
  name: 'GetSessionToken',
  summary: 'Returns temporary credentials of the calling user, with the same permissions. No permission is needed.',
  readOnly: true,
  sessions: [],
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

/** Returns the id of the calling user. Throws AccessDenied unless they use their own long-term access key. */
function longTermUser({ principal, identityId }: Caller): string {
  if (principal.type === 'IAMUser' && identityId !== undefined) return identityId
  throw queryError('AccessDenied', 'GetSessionToken must be called by a user with a long-term access key.')
}
