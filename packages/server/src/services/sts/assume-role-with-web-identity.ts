import { queryError } from '@keyhold/protocol'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import type { Session, WebIdentity } from '../../identity/accounts/caller.ts'
import { principalArn } from '../../identity/accounts/entity-arns.ts'
import { sessionTimes } from '../../identity/accounts/issue-session.ts'
import { queryOperation } from '../../execution/define.ts'
import { makeRoleSession, sessionSeconds } from './role-session.ts'
import { acceptedSessionPolicies } from './session-policies.ts'
import { neededOnRole, roleArnFault, roleOfArn } from './target-role.ts'
import { unsupportedMember } from './unsupported-members.ts'

const NAME = 'AssumeRoleWithWebIdentity'
const notAuthorized = (action: string): string => `Not authorized to perform ${action}`

export const assumeRoleWithWebIdentity = queryOperation<'sts', 'AssumeRoleWithWebIdentity'>('sts', {
  name: NAME,
  summary: 'Returns temporary credentials of a role for the identity in the token of an OpenID Connect issuer.',
  readOnly: true,
  documents: ['Policy'],
  audit: {
    request: ['RoleArn', 'RoleSessionName', 'PolicyArns', 'Policy', 'DurationSeconds'],
    response: [
      'Credentials.AccessKeyId',
      'Credentials.Expiration',
      'SubjectFromWebIdentityToken',
      'AssumedRoleUser',
      'PackedPolicySize',
      'Provider',
      'Audience',
      'SourceIdentity',
    ],
  },

  check: (input) => roleArnFault(input.RoleArn) ?? providerFault(input) ?? unsupportedMember(input),

  needs: (input, { caller, services }) =>
    neededOnRole(
      input.RoleArn,
      {
        actions: actionsOf(caller.webIdentity),
        conditions: { ...conditionsOf(caller.webIdentity), 'sts:rolesessionname': input.RoleSessionName },
        denial: notAuthorized,
      },
      services.directory,
    ),

  async run({ input, caller, services, concerns }) {
    const { webIdentity } = caller
    const role = await roleOfArn(input.RoleArn, services.directory)
    // A trust policy can allow this to a signed request, but such a request has no verified web identity.
    if (role === undefined || webIdentity === undefined) throw queryError('AccessDenied', notAuthorized(`sts:${NAME}`))
    concerns({ accountId: role.accountId, type: 'AWS::IAM::Role', arn: principalArn(role) })
    const seconds = sessionSeconds(role, { asked: input.DurationSeconds, chained: false })
    const { tags, transitiveTagKeys, sourceIdentity } = webIdentity
    const session: Session = {
      ...sessionTimes(seconds, services),
      tags,
      transitiveTagKeys,
      ...(sourceIdentity !== undefined && { sourceIdentity }),
      ...(await acceptedSessionPolicies(input, role.accountId, services.directory)),
      federated: federated(webIdentity),
    }
    return {
      ...(await makeRoleSession({ role, sessionName: input.RoleSessionName, session }, caller, services)),
      SubjectFromWebIdentityToken: webIdentity.subject,
      Audience: webIdentity.audience,
      // Not the `iss` that the API reference states: docs/decisions/0058-answers-of-iam-and-sts-as-recorded.md.
      Provider: webIdentity.provider,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  },
})

/** The actions that the trust policy must allow. Tags and a source identity in the token are never silently omitted. */
function actionsOf(identity: WebIdentity | undefined): string[] {
  const passesTags = identity !== undefined && identity.tags.length > 0
  return [
    NAME,
    ...(passesTags ? ['TagSession'] : []),
    ...(identity?.sourceIdentity === undefined ? [] : ['SetSourceIdentity']),
  ]
}

/** The condition keys of the claims, and of the corresponding parameters of AssumeRole. */
function conditionsOf(identity: WebIdentity | undefined): OwnConditions {
  if (identity === undefined) return {}
  const { claims, tags, transitiveTagKeys, sourceIdentity } = identity
  return {
    ...claims,
    ...(tags.length > 0 && { 'aws:tagkeys': tags.map(({ TagKey }) => TagKey) }),
    ...Object.fromEntries(tags.map(({ TagKey, TagValue }) => [`aws:requesttag/${TagKey.toLowerCase()}`, TagValue])),
    ...(transitiveTagKeys.length > 0 && { 'sts:transitivetagkeys': transitiveTagKeys }),
    'sts:sourceidentity': sourceIdentity,
  }
}

function federated({ provider, claims }: WebIdentity): Session['federated'] {
  return { provider, claims }
}

/** Source: STS API Reference: the parameter is for OAuth 2.0 access tokens, which this server does not accept. */
function providerFault({ ProviderId }: { ProviderId?: string }): ReturnType<typeof roleArnFault> {
  if (ProviderId === undefined) return undefined
  return queryError('InvalidIdentityToken', 'ProviderId is for OAuth 2.0 access tokens, which are not supported.')
}
