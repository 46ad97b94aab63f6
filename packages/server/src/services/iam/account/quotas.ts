import { queryError, type ServiceError } from '@keyhold/protocol'

/** How much there may be of something, by the names that IAM's errors have for it. Source: IAM User Guide, "IAM and STS quotas". */
export const QUOTAS = Object.freeze({
  AccessKeysPerUser: 2,
  /** Characters of a trust policy, white space not counted. */
  ACLSizePerRole: 2048,
  ClientIdsPerOpenIdConnectProvider: 100,
  /** Characters of all inline policies of a group together, white space not counted. */
  GroupPolicySize: 5120,
  GroupsPerAccount: 300,
  GroupsPerUser: 10,
  InstanceProfilesPerAccount: 1000,
  /** Roles in an instance profile, by the name that AWS's error has for it. */
  InstanceSessionsPerInstanceProfile: 1,
  OpenIdConnectProvidersPerAccount: 100,
  PoliciesPerAccount: 1500,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  PoliciesPerUser: 10,
  /** Characters of a managed policy, white space not counted. */
  PolicySize: 6144,
  /** As GroupPolicySize, of a role. */
  RolePolicySize: 10_240,
  RolesPerAccount: 1000,
  TagsPerResource: 50,
  /** As GroupPolicySize, of a user. */
  UserPolicySize: 2048,
  UsersPerAccount: 5000,
  VersionsPerPolicy: 5,
})

type Quota = keyof typeof QUOTAS

/** LimitExceeded when there would be more than the quota allows. */
export function quotaFault(quota: Quota, wanted: number): ServiceError | undefined {
  if (wanted <= QUOTAS[quota]) return undefined
  return queryError('LimitExceeded', `Cannot exceed quota for ${quota}: ${QUOTAS[quota]}`)
}

/** Throws LimitExceeded when there would be more than the quota allows. */
export function requireWithin(quota: Quota, wanted: number): void {
  const fault = quotaFault(quota, wanted)
  if (fault) throw fault
}
