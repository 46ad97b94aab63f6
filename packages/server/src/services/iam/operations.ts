import type { AnyOperation } from '../../execution/define.ts'
import { getAccountSummary, listAccountAliases } from './account/account.ts'
import { ATTACHED_POLICY_OPERATIONS } from './policies/attached-policies.ts'
import { getAccountAuthorizationDetails } from './account/authorization-details.ts'
import { BOUNDARY_OPERATIONS } from './policies/boundaries.ts'
import {
  addRoleToInstanceProfile,
  deleteInstanceProfile,
  removeRoleFromInstanceProfile,
} from './roles/change-instance-profile.ts'
import {
  addClientIDToOpenIDConnectProvider,
  deleteOpenIDConnectProvider,
  removeClientIDFromOpenIDConnectProvider,
  updateOpenIDConnectProviderThumbprint,
} from './oidc/change-oidc-provider.ts'
import { CONTEXT_KEY_OPERATIONS } from './simulation/context-keys.ts'
import { createAccessKey } from './access-keys/create-access-key.ts'
import { createGroup } from './groups/create-group.ts'
import { createInstanceProfile } from './roles/create-instance-profile.ts'
import { createOpenIDConnectProvider } from './oidc/create-oidc-provider.ts'
import { createPolicy } from './policies/create-policy.ts'
import { createRole } from './roles/create-role.ts'
import { createServiceLinkedRole } from './roles/create-service-linked-role.ts'
import { createUser } from './users/create-user.ts'
import { generateCredentialReport, getCredentialReport } from './account/credential-report.ts'
import { deleteAccessKey } from './access-keys/delete-access-key.ts'
import { deleteGroup } from './groups/delete-group.ts'
import { deletePolicy } from './policies/delete-policy.ts'
import { deleteRole } from './roles/delete-role.ts'
import { deleteUser } from './users/delete-user.ts'
import { ENTITY_TAG_OPERATIONS } from './entity-tags.ts'
import { getAccessKeyLastUsed } from './access-keys/get-access-key-last-used.ts'
import { getGroup } from './groups/get-group.ts'
import { getPolicy } from './policies/get-policy.ts'
import { getRole } from './roles/get-role.ts'
import { getUser } from './users/get-user.ts'
import { INLINE_POLICY_OPERATIONS } from './policies/inline-policies.ts'
import { listAccessKeys } from './access-keys/list-access-keys.ts'
import { listEntitiesForPolicy } from './policies/list-entities-for-policy.ts'
import { listGroupsForUser } from './groups/list-groups-for-user.ts'
import { listGroups } from './groups/list-groups.ts'
import { listPolicies } from './policies/list-policies.ts'
import { listRoles } from './roles/list-roles.ts'
import { listUsers } from './users/list-users.ts'
import { addUserToGroup, removeUserFromGroup } from './groups/memberships.ts'
import { POLICY_VERSION_OPERATIONS } from './policies/policy-versions.ts'
import {
  getInstanceProfile,
  listInstanceProfiles,
  listInstanceProfilesForRole,
} from './roles/read-instance-profiles.ts'
import { getOpenIDConnectProvider, listOpenIDConnectProviders } from './oidc/read-oidc-providers.ts'
import { RESOURCE_TAG_OPERATIONS } from './resource-tags.ts'
import { simulateCustomPolicy } from './simulation/simulate-custom-policy.ts'
import { simulatePrincipalPolicy } from './simulation/simulate-principal-policy.ts'
import { UNUSED_FEATURE_OPERATIONS } from './account/unused-features.ts'
import { updateAccessKey } from './access-keys/update-access-key.ts'
import { updateAssumeRolePolicy } from './roles/update-assume-role-policy.ts'
import { updateGroup } from './groups/update-group.ts'
import { updateRole, updateRoleDescription } from './roles/update-role.ts'
import { updateUser } from './users/update-user.ts'

/** All IAM operations of this server. */
export const IAM_OPERATIONS: readonly AnyOperation[] = [
  ...ATTACHED_POLICY_OPERATIONS,
  ...BOUNDARY_OPERATIONS,
  ...CONTEXT_KEY_OPERATIONS,
  ...ENTITY_TAG_OPERATIONS,
  ...INLINE_POLICY_OPERATIONS,
  ...POLICY_VERSION_OPERATIONS,
  ...RESOURCE_TAG_OPERATIONS,
  ...UNUSED_FEATURE_OPERATIONS,
  addClientIDToOpenIDConnectProvider,
  addRoleToInstanceProfile,
  addUserToGroup,
  createAccessKey,
  createGroup,
  createInstanceProfile,
  createOpenIDConnectProvider,
  createPolicy,
  createRole,
  createServiceLinkedRole,
  createUser,
  deleteAccessKey,
  deleteGroup,
  deleteInstanceProfile,
  deleteOpenIDConnectProvider,
  deletePolicy,
  deleteRole,
  deleteUser,
  generateCredentialReport,
  getAccessKeyLastUsed,
  getAccountAuthorizationDetails,
  getAccountSummary,
  getCredentialReport,
  getGroup,
  getInstanceProfile,
  getOpenIDConnectProvider,
  getPolicy,
  getRole,
  getUser,
  listAccessKeys,
  listAccountAliases,
  listEntitiesForPolicy,
  listGroups,
  listGroupsForUser,
  listInstanceProfiles,
  listInstanceProfilesForRole,
  listOpenIDConnectProviders,
  listPolicies,
  listRoles,
  listUsers,
  removeClientIDFromOpenIDConnectProvider,
  removeRoleFromInstanceProfile,
  removeUserFromGroup,
  simulateCustomPolicy,
  simulatePrincipalPolicy,
  updateAccessKey,
  updateAssumeRolePolicy,
  updateGroup,
  updateOpenIDConnectProviderThumbprint,
  updateRole,
  updateRoleDescription,
  updateUser,
]
