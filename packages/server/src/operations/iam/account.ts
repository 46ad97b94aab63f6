import type { EntityKind } from '../../identity/entity-arns.ts'
import { entityNameOwner } from '../../identity/entity-rows.ts'
import type { TableName } from '../../storage/store.ts'
import { queryOperation } from '../define.ts'
import type { Context } from './entities.ts'
import { readPage } from './pages.ts'
import { QUOTAS } from './quotas.ts'

/** IAM and STS quotas, as far as this server has them or AWS's clients ask for them. */
const SUMMARY = {
  AccessKeysPerUserQuota: QUOTAS.AccessKeysPerUser,
  AssumeRolePolicySizeQuota: QUOTAS.ACLSizePerRole,
  AttachedPoliciesPerGroupQuota: QUOTAS.PoliciesPerGroup,
  AttachedPoliciesPerRoleQuota: QUOTAS.PoliciesPerRole,
  AttachedPoliciesPerUserQuota: QUOTAS.PoliciesPerUser,
  GroupPolicySizeQuota: QUOTAS.GroupPolicySize,
  GroupsPerUserQuota: QUOTAS.GroupsPerUser,
  GroupsQuota: QUOTAS.GroupsPerAccount,
  PoliciesQuota: QUOTAS.PoliciesPerAccount,
  RolesQuota: QUOTAS.RolesPerAccount,
  UsersQuota: QUOTAS.UsersPerAccount,
  PolicySizeQuota: QUOTAS.PolicySize,
  RolePolicySizeQuota: QUOTAS.RolePolicySize,
  UserPolicySizeQuota: QUOTAS.UserPolicySize,
  VersionsPerPolicyQuota: QUOTAS.VersionsPerPolicy,
}

/**
 * Of each kind no more than these are counted, in the index alone: the summary costs the same however many rows an account
 * has. AWS's default quotas are below it (5,000 users, 1,500 policies, 1,000 roles, 300 groups, 100 providers).
 */
const MOST_COUNTED = 10_000

export const getAccountSummary = queryOperation<'iam', 'GetAccountSummary'>('iam', {
  name: 'GetAccountSummary',
  summary: 'Says how many users, groups, roles, policies and providers the account has, and what limits them.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'iam:GetAccountSummary', resource: '*' }],

  async run(call) {
    const [Users, Groups, Roles, Policies, Providers] = await Promise.all([
      countNames('user', call),
      countNames('group', call),
      countNames('role', call),
      countNames('policy', call),
      count('oidc_provider', call.caller.principal.accountId, call),
    ])
    return {
      SummaryMap: { Users, Groups, Roles, Policies, Providers, AccountMFAEnabled: 0, MFADevices: 0, ...SUMMARY },
    }
  },
})

export const listAccountAliases = queryOperation<'iam', 'ListAccountAliases'>('iam', {
  name: 'ListAccountAliases',
  summary: 'Lists the names that the account has beside its number: none, as there is no sign-in page to have one for.',
  readOnly: true,
  audit: { request: ['Marker', 'MaxItems'], response: [] },
  needs: () => [{ action: 'iam:ListAccountAliases', resource: '*' }],

  async run(call) {
    const { items, end } = await readPage<string>(call, ['ListAccountAliases'], () => [])
    return { AccountAliases: items, ...end }
  },
})

function countNames(kind: EntityKind, context: Context): Promise<number> {
  return count('entity_name', entityNameOwner(context.caller.principal.accountId, kind), context)
}

function count(table: TableName, owner: string, { services }: Context): Promise<number> {
  return services.store.countByOwner(table, owner, MOST_COUNTED)
}
