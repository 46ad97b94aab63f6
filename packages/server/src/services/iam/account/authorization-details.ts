import type { Iam } from '@keyhold/protocol'
import { awsManagedPolicies } from '../../../identity/accounts/aws-policies.ts'
import type { EntityNameRecord } from '../../../vault/records/entity-name.ts'
import type { GroupRecord } from '../../../vault/records/group.ts'
import type { RoleRecord, UserRecord } from '../../../vault/records/principal.ts'
import { type QueryCall, queryOperation } from '../../../execution/define.ts'
import { attachedIn } from '../policies/attached-aws-policies.ts'
import { groupDetail, policyDetail, roleDetail, userDetail } from './detail-views.ts'
import { oneAfterTheOther, under, eachOf, entityNames, inOrderOf, readPage, type Source } from '../pages.ts'
import { counted, requirePolicy } from '../policies/managed-policies.ts'

type Call = QueryCall<'iam', 'GetAccountAuthorizationDetails'>

/** One entity of the account, under the name of its list in the response. */
type Detail =
  | { UserDetailList: Iam.UserDetail }
  | { GroupDetailList: Iam.GroupDetail }
  | { RoleDetailList: Iam.RoleDetail }
  | { Policies: Iam.ManagedPolicyDetail }

export const getAccountAuthorizationDetails = queryOperation<'iam', 'GetAccountAuthorizationDetails'>('iam', {
  name: 'GetAccountAuthorizationDetails',
  summary: 'Returns all users, groups, roles and managed policies of the account, with their policy documents.',
  readOnly: true,
  audit: { request: ['Filter', 'Marker', 'MaxItems'], response: [] },
  needs: () => [{ action: 'iam:GetAccountAuthorizationDetails', resource: '*' }],

  async run(call) {
    const wanted = call.input.Filter?.length ? new Set(call.input.Filter) : new Set(ORDER)
    const kinds = ORDER.filter((kind) => wanted.has(kind))
    const details = oneAfterTheOther(...kinds.map((kind) => under(`${ORDER.indexOf(kind)}/`, SOURCES[kind](call))))
    const { items, end } = await readPage(call, ['GetAccountAuthorizationDetails', kinds.join(',')], details)
    return { ...byList(items), ...end }
  },
})

/** In the order of the lists in the response. */
const ORDER: readonly Iam.EntityType[] = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy']

const SOURCES: Readonly<Record<Iam.EntityType, (call: Call) => Source<Detail>>> = {
  User: (call) =>
    detailsOf('user', call, async ({ entityId }) => {
      const user = (await call.services.directory.principal(entityId))?.value as UserRecord | undefined
      return user && { UserDetailList: await userDetail(user, call) }
    }),
  Group: (call) =>
    detailsOf('group', call, async ({ entityId }) => {
      const group: GroupRecord | undefined = (await call.services.directory.group(entityId))?.value
      return group && { GroupDetailList: await groupDetail(group, call) }
    }),
  Role: (call) =>
    detailsOf('role', call, async ({ entityId }) => {
      const role = (await call.services.directory.principal(entityId))?.value as RoleRecord | undefined
      return role && { RoleDetailList: await roleDetail(role, call) }
    }),
  LocalManagedPolicy: (call) =>
    detailsOf('policy', call, async ({ entityId }) => {
      const policy = (await call.services.directory.managedPolicy(entityId))?.value
      return policy && { Policies: policyDetail(policy) }
    }),
  AWSManagedPolicy: (call) =>
    eachOf(
      attachedIn(
        inOrderOf(({ name }) => name.toLowerCase(), awsManagedPolicies()),
        call,
      ),
      async ({ arn }) => attachedDetail(arn, call),
    ),
}

function detailsOf(
  kind: 'user' | 'group' | 'role' | 'policy',
  call: Call,
  look: (name: EntityNameRecord) => Promise<Detail | undefined>,
): Source<Detail> {
  return eachOf(entityNames(kind, undefined, call), look)
}

/** Includes only the AWS managed policies that the account uses. */
async function attachedDetail(arn: string, call: Call): Promise<Detail | undefined> {
  const policy = await counted(await requirePolicy(arn, call), call)
  return policy.attachments + policy.boundaries === 0 ? undefined : { Policies: policyDetail(policy) }
}

function byList(details: readonly Detail[]): Iam.GetAccountAuthorizationDetailsResponse {
  return {
    UserDetailList: details.flatMap((one) => ('UserDetailList' in one ? [one.UserDetailList] : [])),
    GroupDetailList: details.flatMap((one) => ('GroupDetailList' in one ? [one.GroupDetailList] : [])),
    RoleDetailList: details.flatMap((one) => ('RoleDetailList' in one ? [one.RoleDetailList] : [])),
    Policies: details.flatMap((one) => ('Policies' in one ? [one.Policies] : [])),
  }
}
