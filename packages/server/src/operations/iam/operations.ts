import type { AnyOperation } from '../define.ts'
import { ATTACHED_POLICY_OPERATIONS } from './attached-policies.ts'
import { BOUNDARY_OPERATIONS } from './boundaries.ts'
import { createAccessKey } from './create-access-key.ts'
import { createGroup } from './create-group.ts'
import { createPolicy } from './create-policy.ts'
import { createUser } from './create-user.ts'
import { deleteAccessKey } from './delete-access-key.ts'
import { deleteGroup } from './delete-group.ts'
import { deletePolicy } from './delete-policy.ts'
import { deleteUser } from './delete-user.ts'
import { ENTITY_TAG_OPERATIONS } from './entity-tags.ts'
import { getAccessKeyLastUsed } from './get-access-key-last-used.ts'
import { getGroup } from './get-group.ts'
import { getPolicy } from './get-policy.ts'
import { getUser } from './get-user.ts'
import { INLINE_POLICY_OPERATIONS } from './inline-policies.ts'
import { listAccessKeys } from './list-access-keys.ts'
import { listEntitiesForPolicy } from './list-entities-for-policy.ts'
import { listGroupsForUser } from './list-groups-for-user.ts'
import { listGroups } from './list-groups.ts'
import { listPolicies } from './list-policies.ts'
import { listUsers } from './list-users.ts'
import { addUserToGroup, removeUserFromGroup } from './memberships.ts'
import { listPolicyTags, tagPolicy, untagPolicy } from './policy-tags.ts'
import { POLICY_VERSION_OPERATIONS } from './policy-versions.ts'
import { updateAccessKey } from './update-access-key.ts'
import { updateGroup } from './update-group.ts'
import { updateUser } from './update-user.ts'

/** Every operation of IAM that the model has. */
export const IAM_OPERATIONS: readonly AnyOperation[] = [
  ...ATTACHED_POLICY_OPERATIONS,
  ...BOUNDARY_OPERATIONS,
  ...ENTITY_TAG_OPERATIONS,
  ...INLINE_POLICY_OPERATIONS,
  ...POLICY_VERSION_OPERATIONS,
  addUserToGroup,
  createAccessKey,
  createGroup,
  createPolicy,
  createUser,
  deleteAccessKey,
  deleteGroup,
  deletePolicy,
  deleteUser,
  getAccessKeyLastUsed,
  getGroup,
  getPolicy,
  getUser,
  listAccessKeys,
  listEntitiesForPolicy,
  listGroups,
  listGroupsForUser,
  listPolicies,
  listPolicyTags,
  listUsers,
  removeUserFromGroup,
  tagPolicy,
  untagPolicy,
  updateAccessKey,
  updateGroup,
  updateUser,
]
