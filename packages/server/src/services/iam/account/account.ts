import { type EntityKind, entityNameTable } from '../../../vault/records/entity-name.ts'
import { oidcProviderTable } from '../../../vault/records/oidc-provider.ts'
import { queryOperation } from '../../../execution/define.ts'
import type { Context } from '../entities.ts'
import { entityNames, readPage } from '../pages.ts'
import { QUOTAS } from './quotas.ts'

/** IAM and STS quotas. For certificates, which this server does not have, AWS's values. */
const OF_QUOTAS = {
  AccessKeysPerUserQuota: QUOTAS.AccessKeysPerUser,
  AssumeRolePolicySizeQuota: QUOTAS.ACLSizePerRole,
  AttachedPoliciesPerGroupQuota: QUOTAS.PoliciesPerGroup,
  AttachedPoliciesPerRoleQuota: QUOTAS.PoliciesPerRole,
  AttachedPoliciesPerUserQuota: QUOTAS.PoliciesPerUser,
  GroupPolicySizeQuota: QUOTAS.GroupPolicySize,
  GroupsPerUserQuota: QUOTAS.GroupsPerUser,
  GroupsQuota: QUOTAS.GroupsPerAccount,
  InstanceProfilesQuota: QUOTAS.InstanceProfilesPerAccount,
  PoliciesQuota: QUOTAS.PoliciesPerAccount,
  PolicySizeQuota: QUOTAS.PolicySize,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: QUOTAS.RolePolicySize,
  RolesQuota: QUOTAS.RolesPerAccount,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: QUOTAS.UserPolicySize,
  UsersQuota: QUOTAS.UsersPerAccount,
  VersionsPerPolicyQuota: QUOTAS.VersionsPerPolicy,
}

/** Features that this server does not have, and credentials of the account's root, which has none here. */
const OF_NOTHING = {
  AccountAccessKeysPresent: 0,
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  ServerCertificates: 0,
}

/** Session tokens are valid in every Region, like AWS's version 2 tokens. */
const TOKEN_VERSION = { GlobalEndpointTokenVersion: 2 }

/** The maximum that is counted of each kind. AWS's default quotas are lower (5,000 users, 1,500 policies). */
const MOST_COUNTED = 10_000

export const getAccountSummary = queryOperation<'iam', 'GetAccountSummary'>('iam', {
  name: 'GetAccountSummary',
  summary: 'Returns the number of IAM entities in the account, and its IAM quotas.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'iam:GetAccountSummary', resource: '*' }],

  async run(call) {
    const [Users, Groups, Roles, InstanceProfiles, Policies, Providers] = await Promise.all([
      countNames('user', call),
      countNames('group', call),
      countNames('role', call),
      countNames('instance-profile', call),
      countNames('policy', call),
      countProviders(call),
    ])
    const counted = { Users, Groups, Roles, InstanceProfiles, Policies, Providers }
    const PolicyVersionsInUse = await countVersions(call)
    return { SummaryMap: { ...counted, PolicyVersionsInUse, ...OF_NOTHING, ...TOKEN_VERSION, ...OF_QUOTAS } }
  },
})

export const listAccountAliases = queryOperation<'iam', 'ListAccountAliases'>('iam', {
  name: 'ListAccountAliases',
  summary: 'Lists the account aliases. The list is always empty, because this server has no sign-in page.',
  readOnly: true,
  audit: { request: ['Marker', 'MaxItems'], response: [] },
  needs: () => [{ action: 'iam:ListAccountAliases', resource: '*' }],

  async run(call) {
    const { items, end } = await readPage<string>(call, ['ListAccountAliases'], () => [])
    return { AccountAliases: items, ...end }
  },
})

/**
 * The number of versions of the account's own policies. It is not stored, so this reads the policies, a few in each
 * turn of the event loop.
 */
async function countVersions(call: Context): Promise<number> {
  let versions = 0
  for await (const { value } of entityNames('policy', undefined, call)()) {
    const policy = value && (await call.services.directory.managedPolicy(value.entityId))
    versions += policy?.value.versions.length ?? 0
    if (versions >= MOST_COUNTED) break
  }
  return versions
}

/** Counts in the index alone: that costs the same however many rows an account has. */
function countNames(kind: EntityKind, { caller, services }: Context): Promise<number> {
  const { accountId } = caller.principal
  return services.records.countByOwner(entityNameTable, { accountId, kind }, MOST_COUNTED)
}

function countProviders({ caller, services }: Context): Promise<number> {
  const { accountId } = caller.principal
  return services.records.countByOwner(oidcProviderTable, { accountId }, MOST_COUNTED)
}
