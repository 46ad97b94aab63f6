import type { Iam } from '@keyhold/protocol'
import { principalArn } from '../../identity/entity-arns.ts'
import type { RoleRecord } from '../../identity/records.ts'
import { encodedDocument } from './documents.ts'
import { iamTags } from './tags.ts'
import { boundaryView } from './views.ts'

/** A role as lists show it: without tags and boundary (IAM API Reference, ListRoles). */
export function roleView(role: RoleRecord): Iam.Role {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.principalId,
    Arn: principalArn(role),
    CreateDate: new Date(role.createdMs),
    AssumeRolePolicyDocument: encodedDocument(role.trust.text),
    ...(role.description !== '' && { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

/** A role with all that is known of it. */
export function wholeRole(role: RoleRecord): Iam.Role {
  return {
    ...roleView(role),
    ...boundaryView(role.boundary),
    ...(role.tags.length > 0 && { Tags: iamTags(role.tags) }),
  }
}
