import { queryError, type ServiceError } from '@keyhold/protocol'

/** IAM quotas, by the names in IAM's error messages. Source: IAM User Guide, "IAM and STS quotas". */
export const QUOTAS = Object.freeze({
  AccessKeysPerUser: 2,
  /** Characters of a trust policy, without whitespace. */
  ACLSizePerRole: 2048,
  ClientIdsPerOpenIdConnectProvider: 100,
  /** Characters of all inline policies of a group together, without whitespace. */
  GroupPolicySize: 5120,
  GroupsPerAccount: 300,
  GroupsPerUser: 10,
  InstanceProfilesPerAccount: 1000,
  /** Roles in an instance profile, by the name in AWS's error message. */
  InstanceSessionsPerInstanceProfile: 1,
  OpenIdConnectProvidersPerAccount: 100,
  PoliciesPerAccount: 1500,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  PoliciesPerUser: 10,
  /** Characters of a managed policy, without whitespace. */
  PolicySize: 6144,
  /** Like GroupPolicySize, for a role. */
  RolePolicySize: 10_240,
  RolesPerAccount: 1000,
  TagsPerResource: 50,
  /** Like GroupPolicySize, for a user. */
  UserPolicySize: 2048,
  UsersPerAccount: 5000,
  VersionsPerPolicy: 5,
})

type Quota = keyof typeof QUOTAS

/** Returns LimitExceeded if `wanted` is above the quota. */
export function quotaFault(quota: Quota, wanted: number): ServiceError | undefined {
  if (wanted <= QUOTAS[quota]) return undefined
  return queryError('LimitExceeded', `Cannot exceed quota for ${quota}: ${QUOTAS[quota]}`)
}

/** Throws LimitExceeded if `wanted` is above the quota. */
export function requireWithin(quota: Quota, wanted: number): void {
  const fault = quotaFault(quota, wanted)
  if (fault) throw fault
}
