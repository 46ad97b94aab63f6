import { queryError, type ServiceError, type StsInput } from '@keyhold/protocol'
import type { OwnConditions } from '../../domain/policy/request-facts.ts'
import type { Caller, Session } from '../../identity/accounts/caller.ts'
import { principalArn } from '../../identity/accounts/entity-arns.ts'
import { sessionTimes } from '../../identity/accounts/issue-session.ts'
import { type QueryCall, queryOperation } from '../../execution/define.ts'
import { acceptedSessionPolicies } from './session-policies.ts'
import { inheritedTags, sessionTags, sessionTagsFault } from './session-tags.ts'
import { makeRoleSession, sessionSeconds } from './role-session.ts'
import { neededOnRole, roleArnFault, roleOfArn } from './target-role.ts'
import { unsupportedMember } from './unsupported-members.ts'

type AssumeRole = StsInput<'AssumeRole'>

export const assumeRole = queryOperation<'sts', 'AssumeRole'>('sts', {
  name: 'AssumeRole',
  summary: "Returns temporary credentials of a role. The role's trust policy must allow the caller to assume it.",
  readOnly: true,
  sessions: ['of a user', 'of a role', 'of a service'],
  documents: ['Policy'],
  audit: {
    request: [
      'RoleArn',
      'RoleSessionName',
      'PolicyArns',
      'Policy',
      'DurationSeconds',
      'Tags',
      'TransitiveTagKeys',
      'ExternalId',
      'SourceIdentity',
    ],
    response: [
      'Credentials.AccessKeyId',
      'Credentials.Expiration',
      'AssumedRoleUser',
      'PackedPolicySize',
      'SourceIdentity',
    ],
  },

  check: (input) => roleArnFault(input.RoleArn) ?? sessionTagsFault(input) ?? unsupportedMember(input),

  needs: (input, { caller, services }) =>
    neededOnRole(
      input.RoleArn,
      { actions: actionsOf(input, caller), conditions: conditionsOf(input, caller), denial: denialTo(input, caller) },
      services.directory,
    ),

  async run(call) {
    const { input, caller, services, concerns } = call
    refuseRoot(call)
    const role = await roleOfArn(input.RoleArn, services.directory)
    // The same error as for a role that the caller cannot assume, so that it does not reveal whether the role exists.
    if (role === undefined) throw queryError('AccessDenied', denialTo(input, caller)('sts:AssumeRole'))
    concerns({ accountId: role.accountId, type: 'AWS::IAM::Role', arn: principalArn(role) })
    const SourceIdentity = sourceIdentityOf(input, caller)
    const seconds = sessionSeconds(role, { asked: input.DurationSeconds, chained: isRole(caller) })
    const session: Session = {
      ...sessionTimes(seconds, services),
      ...sessionTags(input, caller.session),
      ...(await acceptedSessionPolicies(input, role.accountId, services.directory)),
      ...(SourceIdentity !== undefined && { sourceIdentity: SourceIdentity }),
    }
    const made = await makeRoleSession({ role, sessionName: input.RoleSessionName, session }, caller, services)
    return { ...made, ...(SourceIdentity !== undefined && { SourceIdentity }) }
  },
})

/** Tags and a source identity that the calling session passes on must be allowed like those of the request. */
function actionsOf(input: AssumeRole, caller: Caller): string[] {
  const passesTags = (input.Tags?.length ?? 0) > 0 || inheritedTags(caller.session).length > 0
  const passesIdentity = input.SourceIdentity !== undefined || caller.session?.sourceIdentity !== undefined
  return ['AssumeRole', ...(passesTags ? ['TagSession'] : []), ...(passesIdentity ? ['SetSourceIdentity'] : [])]
}

/** Source: Service Authorization Reference, "Condition keys for AWS Security Token Service". */
function conditionsOf(input: AssumeRole, { session }: Caller): OwnConditions {
  return {
    'sts:rolesessionname': input.RoleSessionName,
    'sts:externalid': input.ExternalId,
    'sts:sourceidentity': input.SourceIdentity ?? session?.sourceIdentity,
    'sts:transitivetagkeys': input.TransitiveTagKeys,
  }
}

/** STS reveals less than other services: neither the type of the missing policy nor whether the role exists. */
function denialTo({ RoleArn }: AssumeRole, { principal }: Caller): (action: string) => string {
  return (action) => `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${RoleArn}`
}

/** IAM User Guide, "Methods to assume a role". A server without enforcement has hardly any other callers than roots. */
function refuseRoot({ caller, services }: QueryCall<'sts', 'AssumeRole'>): void {
  if (caller.principal.type !== 'Root' || services.enforcement === 'off') return
  throw queryError('AccessDenied', 'Roles may not be assumed by root accounts.')
}

function isRole({ principal }: Caller): boolean {
  return principal.type === 'AssumedRole'
}

/** Source: IAM User Guide, on source identities: once set, it stays unchanged through all chained sessions. */
function sourceIdentityOf({ SourceIdentity: asked, RoleArn }: AssumeRole, caller: Caller): string | undefined {
  const present = caller.session?.sourceIdentity
  if (asked !== undefined && present !== undefined && asked !== present) throw changedIdentity(RoleArn, caller)
  return present ?? asked
}

function changedIdentity(RoleArn: string, { principal }: Caller): ServiceError {
  const denied = `User: ${principal.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${RoleArn}`
  return queryError(
    'AccessDenied',
    `${denied} because the calling session has a source identity, which cannot be changed`,
  )
}
