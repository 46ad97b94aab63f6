import type { Iam } from '@keyhold/protocol'
import type { Directory } from '../../../identity/directory/directory.ts'
import { readablePolicy } from '../../../identity/directory/present-names.ts'
import { principalArn } from '../../../identity/accounts/entity-arns.ts'
import type { RoleRecord } from '../../../vault/records/principal.ts'
import type { Services } from '../../../execution/services.ts'
import { encodedDocument } from '../policies/documents.ts'
import { iamTags } from '../tags.ts'
import { boundaryView } from '../views.ts'

/** A role as lists return it, without tags and boundary (IAM API Reference, ListRoles). */
export async function roleView(role: RoleRecord, directory: Directory): Promise<Iam.Role> {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.principalId,
    Arn: principalArn(role),
    CreateDate: new Date(role.createdMs),
    AssumeRolePolicyDocument: encodedDocument(await readablePolicy(role.trust, directory)),
    ...(role.description !== '' && { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

/** A role with all its properties. */
export async function wholeRole(role: RoleRecord, directory: Directory): Promise<Iam.Role> {
  return {
    ...(await roleView(role, directory)),
    ...(await boundaryView(role.boundary, directory)),
    ...(role.tags.length > 0 && { Tags: iamTags(role.tags) }),
  }
}

/** Source: IAM API Reference, RoleLastUsed: "Activity is only reported for the trailing 400 days". */
const TRACKED_MS = 400 * 24 * 3_600_000

/**
 * When and where credentials of a role last made a request. Only GetRole and GetAccountAuthorizationDetails return it
 * (IAM API Reference, RoleLastUsed). Empty if the role was not used in the tracked period.
 */
export async function roleLastUsed(
  { principalId }: RoleRecord,
  { services, nowMs }: { services: Pick<Services, 'roleUses'>; nowMs: number },
): Promise<Iam.RoleLastUsed> {
  const use = await services.roleUses.lastUse(principalId)
  if (use === undefined || use.usedMs < nowMs - TRACKED_MS) return {}
  return { LastUsedDate: new Date(use.usedMs), Region: use.region }
}
