export type Protocol = 'aws-json' | 'query'

/** Where a service's model comes from, and how much of it we serve. */
export interface ModelSource {
  /** The file below packages/protocol/src/model that is written. */
  readonly file: string
  /** The development dependency that is read. */
  readonly sdk: string
  /** Says under which codes, and with which statuses, errors are answered. */
  readonly protocol: Protocol
  /** The operations that we serve, with only the structures that they reach; everything unless given. */
  readonly operations?: readonly string[]
}

const words = (text: string): string[] => text.trim().split(/\s+/)

/** IAM has 180 operations. These are the ones about who may do what, and what Terraform and consoles ask on the way. */
const IAM = words(`
  CreateUser GetUser UpdateUser DeleteUser ListUsers TagUser UntagUser ListUserTags
  PutUserPermissionsBoundary DeleteUserPermissionsBoundary
  PutUserPolicy GetUserPolicy DeleteUserPolicy ListUserPolicies
  AttachUserPolicy DetachUserPolicy ListAttachedUserPolicies ListGroupsForUser

  CreateAccessKey UpdateAccessKey DeleteAccessKey ListAccessKeys GetAccessKeyLastUsed

  CreateGroup GetGroup UpdateGroup DeleteGroup ListGroups AddUserToGroup RemoveUserFromGroup
  PutGroupPolicy GetGroupPolicy DeleteGroupPolicy ListGroupPolicies
  AttachGroupPolicy DetachGroupPolicy ListAttachedGroupPolicies

  CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole ListRoles
  TagRole UntagRole ListRoleTags PutRolePermissionsBoundary DeleteRolePermissionsBoundary
  PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies
  AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies

  CreateInstanceProfile GetInstanceProfile ListInstanceProfiles ListInstanceProfilesForRole DeleteInstanceProfile
  AddRoleToInstanceProfile RemoveRoleFromInstanceProfile
  TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags

  CreatePolicy GetPolicy DeletePolicy ListPolicies TagPolicy UntagPolicy ListPolicyTags
  CreatePolicyVersion GetPolicyVersion DeletePolicyVersion ListPolicyVersions SetDefaultPolicyVersion
  ListEntitiesForPolicy SimulatePrincipalPolicy SimulateCustomPolicy
  GetContextKeysForPrincipalPolicy GetContextKeysForCustomPolicy

  CreateOpenIDConnectProvider GetOpenIDConnectProvider ListOpenIDConnectProviders DeleteOpenIDConnectProvider
  AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint
  TagOpenIDConnectProvider UntagOpenIDConnectProvider ListOpenIDConnectProviderTags

  GetAccountSummary ListAccountAliases GetAccountPasswordPolicy GetLoginProfile DeleteLoginProfile
  ListMFADevices ListVirtualMFADevices ListSSHPublicKeys ListSigningCertificates ListServiceSpecificCredentials
  GetAccountAuthorizationDetails GenerateCredentialReport GetCredentialReport CreateServiceLinkedRole
`)

const STS = words(`
  AssumeRole AssumeRoleWithWebIdentity GetCallerIdentity GetFederationToken GetSessionToken
  DecodeAuthorizationMessage GetAccessKeyInfo
`)

export const SOURCES: readonly ModelSource[] = [
  { file: 'kms.gen.ts', sdk: '@aws-sdk/client-kms', protocol: 'aws-json' },
  { file: 'iam.gen.ts', sdk: '@aws-sdk/client-iam', protocol: 'query', operations: IAM },
  { file: 'sts.gen.ts', sdk: '@aws-sdk/client-sts', protocol: 'query', operations: STS },
]
