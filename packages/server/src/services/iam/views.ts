import type { Iam } from '@keyhold/protocol'
import type { PolicyReference } from '../../domain/policy/policy-reference.ts'
import type { Directory } from '../../identity/directory/directory.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { readablePolicyReference } from '../../identity/directory/present-names.ts'
import { entityArn, principalArn, rootArn } from '../../identity/accounts/entity-arns.ts'
import type { AccountRecord } from '../../vault/records/account.ts'
import type { GroupRecord } from '../../vault/records/group.ts'
import type { ManagedPolicyRecord, PolicyVersion } from '../../vault/records/managed-policy.ts'
import type { UserRecord } from '../../vault/records/principal.ts'
import { encodedDocument } from './policies/documents.ts'
import { policyArn } from './policies/managed-policies.ts'
import { iamTags } from './tags.ts'

/** A user as lists return it, without tags and boundary (ListUsers: "does not return the following attributes"). */
export function userView(user: UserRecord): Iam.User {
  return {
    Path: user.path,
    UserName: user.userName,
    UserId: user.principalId,
    Arn: principalArn(user),
    CreateDate: new Date(user.createdMs),
  }
}

/**
 * The account's root in the form of a user: IAM's response type requires a name and path, which a root does not have.
 */
export function rootView(accountId: string, account: Authentic<AccountRecord> | undefined): Iam.User {
  return {
    Path: '/',
    UserName: 'root',
    UserId: accountId,
    Arn: rootArn(accountId),
    CreateDate: new Date(account?.value.createdMs ?? 0),
  }
}

/** A user with all its properties. */
export async function wholeUser(user: UserRecord, directory: Directory): Promise<Iam.User> {
  return {
    ...userView(user),
    ...(await boundaryView(user.boundary, directory)),
    ...(user.tags.length > 0 && { Tags: iamTags(user.tags) }),
  }
}

/** The permissions boundary of a user or role, if it has one. */
export async function boundaryView(
  boundary: PolicyReference | undefined,
  directory: Directory,
): Promise<Pick<Iam.User, 'PermissionsBoundary'>> {
  if (boundary === undefined) return {}
  const PermissionsBoundaryArn = await readablePolicyReference(boundary, directory)
  return { PermissionsBoundary: { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn } }
}

/** A group as lists return it. */
export function groupView({ accountId, path, groupName, groupId, createdMs }: GroupRecord): Iam.Group {
  return {
    Path: path,
    GroupName: groupName,
    GroupId: groupId,
    Arn: entityArn('group', { accountId, path, name: groupName }),
    CreateDate: new Date(createdMs),
  }
}

/** A managed policy as lists return it, without description and tags (data type Policy). */
export function policyView(policy: ManagedPolicyRecord): Iam.Policy {
  return {
    PolicyName: policy.policyName,
    PolicyId: policy.policyId,
    Arn: policyArn(policy),
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: policy.attachments,
    PermissionsBoundaryUsageCount: policy.boundaries,
    IsAttachable: true,
    CreateDate: new Date(policy.createdMs),
    UpdateDate: new Date(policy.updatedMs),
  }
}

/** A managed policy with all its properties except the documents. */
export function wholePolicy(policy: ManagedPolicyRecord): Iam.Policy {
  return {
    ...policyView(policy),
    ...(policy.description !== '' && { Description: policy.description }),
    ...(policy.tags.length > 0 && { Tags: iamTags(policy.tags) }),
  }
}

/** A version of a managed policy as lists return it, without its document. */
export function versionView({ defaultVersion }: ManagedPolicyRecord, version: PolicyVersion): Iam.PolicyVersion {
  return {
    VersionId: version.versionId,
    IsDefaultVersion: version.versionId === defaultVersion,
    CreateDate: new Date(version.createdMs),
  }
}

/** A version of a managed policy with its document. */
export function wholeVersion(policy: ManagedPolicyRecord, version: PolicyVersion): Iam.PolicyVersion {
  return { Document: encodedDocument(version.text), ...versionView(policy, version) }
}
