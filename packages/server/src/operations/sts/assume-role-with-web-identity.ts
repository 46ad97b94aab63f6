import { queryError } from '@keyhold/protocol'
import type { Session, WebIdentity } from '../../identity/caller.ts'
import { principalArn } from '../../identity/entity-arns.ts'
import { queryOperation } from '../define.ts'
import { makeRoleSession, sessionSeconds } from './role-session.ts'
import { acceptedSessionPolicies } from './session-policies.ts'
import { neededOnRole, roleArnFault, roleOfArn } from './target-role.ts'
import { unsupportedMember } from './unsupported-members.ts'

const NOT_AUTHORIZED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'

export const assumeRoleWithWebIdentity = queryOperation<'sts', 'AssumeRoleWithWebIdentity'>('sts', {
  name: 'AssumeRoleWithWebIdentity',
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
    ],
  },

  check: (input) => roleArnFault(input.RoleArn) ?? providerFault(input) ?? unsupportedMember(input),

  needs: (input, { caller, services }) =>
    neededOnRole(
      input.RoleArn,
      {
        actions: ['AssumeRoleWithWebIdentity'],
        conditions: { ...caller.webIdentity?.claims, 'sts:rolesessionname': input.RoleSessionName },
        denial: () => NOT_AUTHORIZED,
      },
      services.directory,
    ),

  async run({ input, caller, nowMs, services, concerns }) {
    const { webIdentity } = caller
    const role = await roleOfArn(input.RoleArn, services.directory)
    // A signed request may be allowed this by a trust policy, but brings no identity that was verified.
    if (role === undefined || webIdentity === undefined) throw queryError('AccessDenied', NOT_AUTHORIZED)
    concerns({ accountId: role.accountId, type: 'AWS::IAM::Role', arn: principalArn(role) })
    const seconds = sessionSeconds(role, { asked: input.DurationSeconds, chained: false })
    const session: Session = {
      issuedMs: nowMs,
      expiresMs: nowMs + seconds * 1000,
      tags: [],
      transitiveTagKeys: [],
      ...(await acceptedSessionPolicies(input, role.accountId, services.directory)),
      federated: federated(webIdentity),
    }
    return {
      ...(await makeRoleSession({ role, sessionName: input.RoleSessionName, session }, caller, services)),
      SubjectFromWebIdentityToken: webIdentity.subject,
      Audience: webIdentity.audience,
      Provider: webIdentity.issuer,
    }
  },
})

function federated({ provider, claims }: WebIdentity): Session['federated'] {
  return { provider, claims }
}

/** Source: STS API Reference: the member is for OAuth 2.0 access tokens, not for OpenID Connect; those are not served. */
function providerFault({ ProviderId }: { ProviderId?: string }): ReturnType<typeof roleArnFault> {
  if (ProviderId === undefined) return undefined
  return queryError('InvalidIdentityToken', 'ProviderId is for OAuth 2.0 access tokens, which are not supported.')
}
