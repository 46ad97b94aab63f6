import type { Iam } from '@keyhold/protocol'
import type { Directory } from '../../directory/directory.ts'
import { readablePolicy } from '../../directory/present-names.ts'
import { principalArn } from '../../identity/entity-arns.ts'
import type { RoleRecord } from '../../identity/records.ts'
import { encodedDocument } from './documents.ts'
import { iamTags } from './tags.ts'
import { boundaryView } from './views.ts'

/** A role as lists show it: without tags and boundary (IAM API Reference, ListRoles). */
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

/** A role with all that is known of it. */
export async function wholeRole(role: RoleRecord, directory: Directory): Promise<Iam.Role> {
  return {
    ...(await roleView(role, directory)),
    ...(await boundaryView(role.boundary, directory)),
    ...(role.tags.length > 0 && { Tags: iamTags(role.tags) }),
  }
}
