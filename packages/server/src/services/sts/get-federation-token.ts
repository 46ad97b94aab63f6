import { queryError } from '@keyhold/protocol'
import type { Caller, Session } from '../../identity/accounts/caller.ts'
import { federatedUserArn } from '../../identity/accounts/entity-arns.ts'
import { issueSession, sessionTimes } from '../../identity/accounts/issue-session.ts'
import { federatedName } from '../../identity/accounts/principals.ts'
import { queryOperation } from '../../execution/define.ts'
import { packedPolicySize } from './packed-size.ts'
import { acceptedSessionPolicies, type SessionPolicies } from './session-policies.ts'
import { sessionTags, sessionTagsFault } from './session-tags.ts'

/** STS API Reference, GetFederationToken: 43,200 seconds unless asked otherwise. */
const USUAL_SECONDS = 43_200

export const getFederationToken = queryOperation<'sts', 'GetFederationToken'>('sts', {
  name: 'GetFederationToken',
  summary:
    'Gives a user temporary credentials under another name, which may do what the user may and the session policies allow, ' +
    'and what resource policies allow that name.',
  readOnly: true,
  audit: {
    request: ['Name', 'Policy', 'PolicyArns', 'DurationSeconds', 'Tags'],
    response: ['Credentials.AccessKeyId', 'Credentials.Expiration', 'FederatedUser', 'PackedPolicySize'],
  },

  check: sessionTagsFault,

  needs: ({ Name, Tags = [] }, { caller }) =>
    ['GetFederationToken', ...(Tags.length > 0 ? ['TagSession'] : [])].map((action) => ({
      action: `sts:${action}`,
      resource: federatedUserArn(caller.principal.accountId, Name),
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
    const { principalId: FederatedUserId, arn: Arn } = federatedName(accountId, Name)
    return {
      Credentials: await issueSession(claims, [caller], services),
      FederatedUser: { FederatedUserId, Arn },
      ...(size !== undefined && { PackedPolicySize: size }),
    }
  },
})

/**
 * A session without session policies has no permissions but those of resource policies that name it (IAM User Guide,
 * "Permissions for GetFederationToken"): it is limited to none, where sessions of other kinds are not limited.
 */
function limited(policies: SessionPolicies): SessionPolicies {
  return policies.managedPolicies === undefined ? { policies: [], ...policies } : policies
}

/** The id of the user who calls with an access key of their own, as no session gets here. Throws AccessDenied for others. */
function longTermUser({ principal, identityId }: Caller): string {
  if (principal.type === 'IAMUser' && identityId !== undefined) return identityId
  throw queryError('AccessDenied', 'GetFederationToken is for users: call it with the access key of one.')
}
