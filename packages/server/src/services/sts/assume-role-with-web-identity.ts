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
  summary: "Gives temporary credentials of a role to whoever an OpenID Connect issuer's token stands for.",
  readOnly: true,
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
    // A signed request may be allowed this by a trust policy, but brings no identity that was verified.
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
      // Not the `iss` that the API reference names: docs/decisions/0058-answers-of-iam-and-sts-as-recorded.md.
      Provider: webIdentity.provider,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  },
})

/** What the trust policy must allow: tags and a source identity in the token are never left out instead. */
function actionsOf(identity: WebIdentity | undefined): string[] {
  const passesTags = identity !== undefined && identity.tags.length > 0
  return [
    NAME,
    ...(passesTags ? ['TagSession'] : []),
    ...(identity?.sourceIdentity === undefined ? [] : ['SetSourceIdentity']),
  ]
}

/** The claims, and what they ask for as AssumeRole's members would. */
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

/** Source: STS API Reference: the member is for OAuth 2.0 access tokens, not for OpenID Connect; those are not served. */
function providerFault({ ProviderId }: { ProviderId?: string }): ReturnType<typeof roleArnFault> {
  if (ProviderId === undefined) return undefined
  return queryError('InvalidIdentityToken', 'ProviderId is for OAuth 2.0 access tokens, which are not supported.')
}
