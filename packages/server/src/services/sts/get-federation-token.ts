import { queryError } from '@keyhold/protocol'
import type { Caller, Session } from '../../identity/accounts/caller.ts'
import { federatedUserArn } from '../../identity/accounts/entity-arns.ts'
import { issueSession, sessionTimes } from '../../identity/accounts/issue-session.ts'
import { federatedName } from '../../identity/accounts/principals.ts'
import { queryOperation } from '../../execution/define.ts'
import { packedPolicySize } from './packed-size.ts'
import { acceptedSessionPolicies, type SessionPolicies } from './session-policies.ts'
import { sessionTags, sessionTagsFault } from './session-tags.ts'

/** STS API Reference, GetFederationToken: 43,200 seconds by default. */
const USUAL_SECONDS = 43_200

export const getFederationToken = queryOperation<'sts', 'GetFederationToken'>('sts', {
  name: 'GetFederationToken',
  summary:
    'Returns temporary credentials for a federated user. They allow what both the calling user and the session policies allow, ' +
    'and what resource policies allow the federated user.',
  readOnly: true,
  sessions: [],
  documents: ['Policy'],
  audit: {
    request: ['Name', 'Policy', 'PolicyArns', 'DurationSeconds', 'Tags'],
    response: ['Credentials.AccessKeyId', 'Credentials.Expiration', 'FederatedUser', 'PackedPolicySize'],
  },

  check: sessionTagsFault,

  needs: ({ Name, Tags = [] }, { caller }) =>
    ['GetFederationToken', ...(Tags.length > 0 ? ['TagSession'] : [])].map((action) => ({
      action: `sts:${action}`,
      resource: federatedUserArn({ accountId: caller.principal.accountId, name: Name }),
    })),

  async run({ input, caller, services }) {
    const principalId = longTermUser(caller)
    const { accountId } = caller.principal
    const { DurationSeconds = USUAL_SECONDS, Name } = input
    const session: Session = {
      ...sessionTimes(DurationSeconds, services),
      ...sessionTags(input, undefined),
      ...limited(await acceptedSessionPolicies(input, accountId, services.directory)),
    }
    const size = packedPolicySize(session)
    const claims = { kind: 'federated' as const, principalId, accountId, sessionName: Name, ...session }
    const { principalId: FederatedUserId, arn: Arn } = federatedName({ accountId, name: Name })
    return {
      Credentials: await issueSession(claims, [caller], services),
      FederatedUser: { FederatedUserId, Arn },
      ...(size !== undefined && { PackedPolicySize: size }),
    }
  },
})

/**
 * A session without session policies has only the permissions of resource policies that name it (IAM User Guide,
 * "Permissions for GetFederationToken"). So the absence of session policies becomes an empty list, while it means no
 * limit for other types of sessions.
 */
function limited(policies: SessionPolicies): SessionPolicies {
  return policies.managedPolicies === undefined ? { policies: [], ...policies } : policies
}

/** Returns the id of the calling user. Throws AccessDenied unless they use their own long-term access key. */
function longTermUser({ principal, identityId }: Caller): string {
  if (principal.type === 'IAMUser' && identityId !== undefined) return identityId
  throw queryError('AccessDenied', 'GetFederationToken must be called by a user with a long-term access key.')
}
