import type { AnyOperation } from '../define.ts'
import { getAccountSummary, listAccountAliases } from './account.ts'
import { ATTACHED_POLICY_OPERATIONS } from './attached-policies.ts'
import { getAccountAuthorizationDetails } from './authorization-details.ts'
import { BOUNDARY_OPERATIONS } from './boundaries.ts'
import {
  addRoleToInstanceProfile,
  deleteInstanceProfile,
  removeRoleFromInstanceProfile,
} from './change-instance-profile.ts'
import {
  addClientIDToOpenIDConnectProvider,
  deleteOpenIDConnectProvider,
  removeClientIDFromOpenIDConnectProvider,
  updateOpenIDConnectProviderThumbprint,
} from './change-oidc-provider.ts'
import { CONTEXT_KEY_OPERATIONS } from './context-keys.ts'
import { createAccessKey } from './create-access-key.ts'
import { createGroup } from './create-group.ts'
import { createInstanceProfile } from './create-instance-profile.ts'
import { createOpenIDConnectProvider } from './create-oidc-provider.ts'
import { createPolicy } from './create-policy.ts'
import { createRole } from './create-role.ts'
import { createServiceLinkedRole } from './create-service-linked-role.ts'
import { createUser } from './create-user.ts'
import { generateCredentialReport, getCredentialReport } from './credential-report.ts'
import { deleteAccessKey } from './delete-access-key.ts'
import { deleteGroup } from './delete-group.ts'
import { deletePolicy } from './delete-policy.ts'
import { deleteRole } from './delete-role.ts'
import { deleteUser } from './delete-user.ts'
import { ENTITY_TAG_OPERATIONS } from './entity-tags.ts'
import { getAccessKeyLastUsed } from './get-access-key-last-used.ts'
import { getGroup } from './get-group.ts'
import { getPolicy } from './get-policy.ts'
import { getRole } from './get-role.ts'
import { getUser } from './get-user.ts'
import { INLINE_POLICY_OPERATIONS } from './inline-policies.ts'
import { listAccessKeys } from './list-access-keys.ts'
import { listEntitiesForPolicy } from './list-entities-for-policy.ts'
import { listGroupsForUser } from './list-groups-for-user.ts'
import { listGroups } from './list-groups.ts'
import { listPolicies } from './list-policies.ts'
import { listRoles } from './list-roles.ts'
import { listUsers } from './list-users.ts'
import { addUserToGroup, removeUserFromGroup } from './memberships.ts'
import { POLICY_VERSION_OPERATIONS } from './policy-versions.ts'
import { getInstanceProfile, listInstanceProfiles, listInstanceProfilesForRole } from './read-instance-profiles.ts'
import { getOpenIDConnectProvider, listOpenIDConnectProviders } from './read-oidc-providers.ts'
import { RESOURCE_TAG_OPERATIONS } from './resource-tags.ts'
import { simulateCustomPolicy } from './simulation/simulate-custom-policy.ts'
import { simulatePrincipalPolicy } from './simulation/simulate-principal-policy.ts'
import { UNUSED_FEATURE_OPERATIONS } from './unused-features.ts'
import { updateAccessKey } from './update-access-key.ts'
import { updateAssumeRolePolicy } from './update-assume-role-policy.ts'
import { updateGroup } from './update-group.ts'
import { updateRole, updateRoleDescription } from './update-role.ts'
import { updateUser } from './update-user.ts'

/** Every operation of IAM that the model has. */
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
