/**
 * Users, groups, roles and policies as GetAccountAuthorizationDetails returns them: with everything that grants them
 * permissions.
 */
import type { Iam } from '@keyhold/protocol'
import type { EntityRecord } from '../../../vault/records/entity.ts'
import type { GroupRecord } from '../../../vault/records/group.ts'
import type { ManagedPolicyRecord } from '../../../vault/records/managed-policy.ts'
import type { RoleRecord, UserRecord } from '../../../vault/records/principal.ts'
import { listedPolicy } from '../policies/attached-policies.ts'
import { encodedDocument } from '../policies/documents.ts'
import type { Context } from '../entities.ts'
import { profilesWith } from '../roles/instance-profiles.ts'
import { roleLastUsed, wholeRole } from '../roles/role-view.ts'
import { groupView, policyView, userView, wholeUser, wholeVersion } from '../views.ts'

/** A user with groups and policies. */
export async function userDetail(user: UserRecord, context: Context): Promise<Iam.UserDetail> {
  const { directory } = context.services
  const groups = await Promise.all(user.groups.map(async (id) => (await directory.group(id))?.value))
  const { PermissionsBoundary, Tags } = await wholeUser(user, directory)
  return {
    ...userView(user),
    UserPolicyList: inlineOf(user),
    GroupList: groups.flatMap((group) => (group ? [group.groupName] : [])),
    AttachedManagedPolicies: await attachedTo(user, context),
    ...(PermissionsBoundary && { PermissionsBoundary }),
    ...(Tags && { Tags }),
  }
}

/** A group with its policies. */
export async function groupDetail(group: GroupRecord, context: Context): Promise<Iam.GroupDetail> {
  return {
    ...groupView(group),
    GroupPolicyList: inlineOf(group),
    AttachedManagedPolicies: await attachedTo(group, context),
  }
}

/** A role with its policies. RoleDetail has no description and no maximum session duration. */
export async function roleDetail(role: RoleRecord, context: Context & { nowMs: number }): Promise<Iam.RoleDetail> {
  const { Description: _, MaxSessionDuration: __, ...view } = await wholeRole(role, context.services.directory)
  return {
    ...view,
    InstanceProfileList: await profilesOf(role, context),
    RolePolicyList: inlineOf(role),
    AttachedManagedPolicies: await attachedTo(role, context),
    RoleLastUsed: await roleLastUsed(role, context),
  }
}

/** A managed policy with all of its versions. */
export function policyDetail(policy: ManagedPolicyRecord): Iam.ManagedPolicyDetail {
  return {
    ...policyView(policy),
    ...(policy.description !== '' && { Description: policy.description }),
    PolicyVersionList: policy.versions.map((version) => wholeVersion(policy, version)).toReversed(),
  }
}

function inlineOf({ inline }: EntityRecord): Iam.PolicyDetail[] {
  return Object.entries(inline).map(([PolicyName, text]) => ({ PolicyName, PolicyDocument: encodedDocument(text) }))
}

async function attachedTo({ attached }: EntityRecord, context: Context): Promise<Iam.AttachedPolicy[]> {
  const listed = await Promise.all(attached.map((policy) => listedPolicy(policy, context)))
  return listed.map(({ name, shown }) => ({ PolicyName: name, PolicyArn: shown }))
}

/**
 * The maximum number of instance profiles in the details: one page of a list. A role can be in all profiles of the
 * account.
 */
const MOST_PROFILES = 100

async function profilesOf(role: RoleRecord, context: Context): Promise<Iam.InstanceProfile[]> {
  const profiles: Iam.InstanceProfile[] = []
  for await (const { value } of profilesWith(role.principalId, context)()) {
    if (value) profiles.push(value)
    if (profiles.length === MOST_PROFILES) break
  }
  return profiles
}
