import type { AnyOperation } from '../define.ts'
import { getAccountSummary, listAccountAliases } from './account.ts'
import {
  addClientIDToOpenIDConnectProvider,
  deleteOpenIDConnectProvider,
  removeClientIDFromOpenIDConnectProvider,
} from './change-oidc-provider.ts'
import { createOpenIDConnectProvider } from './create-oidc-provider.ts'
import { createRole } from './create-role.ts'
import { deleteRole } from './delete-role.ts'
import { getRole } from './get-role.ts'
import { listInstanceProfilesForRole } from './list-instance-profiles-for-role.ts'
import { listRoles } from './list-roles.ts'
import { getOpenIDConnectProvider, listOpenIDConnectProviders } from './read-oidc-providers.ts'
import { simulateCustomPolicy } from './simulation/simulate-custom-policy.ts'
import { simulatePrincipalPolicy } from './simulation/simulate-principal-policy.ts'
import { updateAssumeRolePolicy } from './update-assume-role-policy.ts'
import { updateRole, updateRoleDescription } from './update-role.ts'

/** Every operation of IAM that the model has. */
export const IAM_OPERATIONS: readonly AnyOperation[] = [
  addClientIDToOpenIDConnectProvider,
  createOpenIDConnectProvider,
  createRole,
  deleteOpenIDConnectProvider,
  deleteRole,
  getAccountSummary,
  getOpenIDConnectProvider,
  getRole,
  listAccountAliases,
  listInstanceProfilesForRole,
  listOpenIDConnectProviders,
  listRoles,
  removeClientIDFromOpenIDConnectProvider,
  simulateCustomPolicy,
  simulatePrincipalPolicy,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
]
