import type { Iam, IamOperationName } from '@keyhold/protocol'
import type { Directory } from '../../../identity/directory/directory.ts'
import { entityArn } from '../../../identity/accounts/entity-arns.ts'
import { type InstanceProfileRecord, instanceProfileTable } from '../../../vault/records/instance-profile.ts'
import type { RoleRecord } from '../../../vault/records/principal.ts'
import type { Needed } from '../../../execution/needed.ts'
import { type Context, type NamedEntity, requireEntity } from '../entities.ts'
import { neededOn } from '../needed.ts'
import { pacedRows } from '../paced-rows.ts'
import type { Source } from '../pages.ts'
import { roleView } from './role-view.ts'
import { iamTags } from '../tags.ts'

interface Named {
  InstanceProfileName: string
}

/** Returns the instance profile that a request names. Throws NoSuchEntity. */
export function profileIn(call: Context & { input: Named }): Promise<NamedEntity<'instance-profile'>> {
  return requireEntity('instance-profile', call.input.InstanceProfileName, call)
}

/** The `needs` of an operation on an instance profile: its action, on the profile that the request names. */
export function needsOnProfile(action: IamOperationName): (input: Named, context: Context) => Promise<Needed[]> {
  return async ({ InstanceProfileName: name }, context) => [
    await neededOn(action, { kind: 'instance-profile', name }, context),
  ]
}

/** An instance profile as lists return it, without tags (IAM API Reference, ListInstanceProfiles). */
export async function profileView(profile: InstanceProfileRecord, directory: Directory): Promise<Iam.InstanceProfile> {
  const { accountId, path, profileName, profileId, createdMs } = profile
  return {
    Path: path,
    InstanceProfileName: profileName,
    InstanceProfileId: profileId,
    Arn: entityArn('instance-profile', { accountId, path, name: profileName }),
    CreateDate: new Date(createdMs),
    Roles: await rolesOf(profile, directory),
  }
}

/** An instance profile with all its properties. */
export async function wholeProfile(profile: InstanceProfileRecord, directory: Directory): Promise<Iam.InstanceProfile> {
  return {
    ...(await profileView(profile, directory)),
    ...(profile.tags.length > 0 && { Tags: iamTags(profile.tags) }),
  }
}

/**
 * Returns the role in an instance profile. If the role's row was removed, the profile counts as empty and can be
 * deleted.
 */
export async function roleInProfile(
  { roleId }: InstanceProfileRecord,
  directory: Directory,
): Promise<RoleRecord | undefined> {
  const role = roleId === undefined ? undefined : (await directory.principal(roleId))?.value
  return role?.type === 'Role' ? role : undefined
}

/** Responses about instance profiles omit the role's description and maximum session duration. */
async function rolesOf(profile: InstanceProfileRecord, directory: Directory): Promise<Iam.Role[]> {
  const role = await roleInProfile(profile, directory)
  if (role === undefined) return []
  const { Description: _, MaxSessionDuration: __, ...view } = await roleView(role, directory)
  return [view]
}

/** The instance profiles that contain a role, by its id. */
export function profilesWith(roleId: string, context: Context): Source<Iam.InstanceProfile> {
  const { records, directory } = context.services
  return async function* (after?: string) {
    const found = pacedRows((page) => records.listByTarget(instanceProfileTable, { roleId }, page), context, after)
    for await (const { id, value } of found) yield { id, value: await profileView(value, directory) }
  }
}
