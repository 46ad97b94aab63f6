/**
 * Which condition keys AWS lists for each action, and of what type they are. Source: Service Authorization Reference,
 * "Actions, resources, and condition keys for AWS Key Management Service", "… for AWS Identity and Access Management",
 * "… for AWS Security Token Service"; IAM User Guide, "AWS global condition context keys". As of September 2026.
 */

export type ConditionType = 'String' | 'ArrayOfString' | 'Bool' | 'Numeric' | 'Date' | 'ARN' | 'IPAddress'

/** Keys of the resource type `key`: of every action on one. */
export const OF_KEYS = words(`aws:ResourceTag/team kms:KeyOrigin kms:KeySpec kms:KeyUsage kms:MultiRegion
  kms:MultiRegionKeyType kms:ResourceAliases`)

const CALLER = words('kms:CallerAccount kms:ViaService')
const CRYPTOGRAPHIC = [...CALLER, 'kms:RequestAlias']
const CONTEXT = words('kms:EncryptionContext:tenant kms:EncryptionContextKeys')
const SYMMETRIC = [...CRYPTOGRAPHIC, ...CONTEXT, 'kms:EncryptionAlgorithm']
const PAIR = [...SYMMETRIC, 'kms:DataKeyPairSpec']
const SIGNATURE = [...CRYPTOGRAPHIC, 'kms:MessageType', 'kms:SigningAlgorithm']
const MAC = [...CRYPTOGRAPHIC, 'kms:MacAlgorithm']
const RE_ENCRYPTION = [...SYMMETRIC, 'kms:ReEncryptOnSameKey']
const OF_GRANTS = [...CALLER, 'kms:GrantIsForAWSResource']

/** Keys of each action of KMS beside those of its resource. `Encapsulate` and `Decapsulate` are newer than the table. */
export const KMS_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  CancelKeyDeletion: CALLER,
  CreateAlias: CALLER,
  CreateGrant: [
    ...OF_GRANTS,
    ...CONTEXT,
    ...words(`kms:GrantConstraintSourceArn kms:GrantConstraintType kms:GrantOperations kms:GranteePrincipal
      kms:GranteeServicePrincipal kms:RetiringPrincipal kms:RetiringServicePrincipal`),
  ],
  CreateKey: [
    ...CALLER,
    ...words(`aws:RequestTag/team aws:ResourceTag/team aws:TagKeys kms:BypassPolicyLockoutSafetyCheck kms:KeyOrigin
      kms:KeySpec kms:KeyUsage kms:MultiRegion kms:MultiRegionKeyType`),
  ],
  Decapsulate: CRYPTOGRAPHIC,
  Decrypt: SYMMETRIC,
  DeleteAlias: CALLER,
  DeleteImportedKeyMaterial: CALLER,
  DeriveSharedSecret: [...CRYPTOGRAPHIC, 'kms:KeyAgreementAlgorithm'],
  DescribeKey: CRYPTOGRAPHIC,
  DisableKey: [...CALLER, 'kms:TrailingDaysWithoutKeyUsage'],
  DisableKeyRotation: CALLER,
  EnableKey: CALLER,
  EnableKeyRotation: [...CALLER, 'kms:RotationPeriodInDays'],
  Encapsulate: CRYPTOGRAPHIC,
  Encrypt: SYMMETRIC,
  GenerateDataKey: SYMMETRIC,
  GenerateDataKeyPair: PAIR,
  GenerateDataKeyPairWithoutPlaintext: PAIR,
  GenerateDataKeyWithoutPlaintext: SYMMETRIC,
  GenerateMac: MAC,
  GenerateRandom: [],
  GetKeyLastUsage: CALLER,
  GetKeyPolicy: CALLER,
  GetKeyRotationStatus: CALLER,
  GetParametersForImport: [...CALLER, 'kms:WrappingAlgorithm', 'kms:WrappingKeySpec'],
  GetPublicKey: CRYPTOGRAPHIC,
  ImportKeyMaterial: [...CALLER, 'kms:ExpirationModel', 'kms:ValidTo'],
  ListAliases: [],
  ListGrants: OF_GRANTS,
  ListKeyPolicies: CALLER,
  ListKeyRotations: CALLER,
  ListKeys: [],
  ListResourceTags: CALLER,
  ListRetirableGrants: [],
  PutKeyPolicy: [...CALLER, 'kms:BypassPolicyLockoutSafetyCheck'],
  ReEncryptFrom: RE_ENCRYPTION,
  ReEncryptTo: RE_ENCRYPTION,
  ReplicateKey: [...CALLER, 'kms:ReplicaRegion'],
  RetireGrant: [...CALLER, ...CONTEXT, 'kms:GrantConstraintType'],
  RevokeGrant: OF_GRANTS,
  RotateKeyOnDemand: CALLER,
  ScheduleKeyDeletion: [...CALLER, 'kms:ScheduleKeyDeletionPendingWindowInDays', 'kms:TrailingDaysWithoutKeyUsage'],
  Sign: SIGNATURE,
  TagResource: [...CALLER, 'aws:RequestTag/team', 'aws:TagKeys'],
  UntagResource: [...CALLER, 'aws:TagKeys'],
  UpdateAlias: CALLER,
  UpdateKeyDescription: CALLER,
  UpdatePrimaryRegion: [...CALLER, 'kms:PrimaryRegion'],
  Verify: SIGNATURE,
  VerifyMac: MAC,
}

/** Actions of KMS that this server refuses by name for every caller: the keys of their rows are not supplied. */
export const REFUSED_ACTIONS = words(`ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore
  DescribeCustomKeyStores DisconnectCustomKeyStore UpdateCustomKeyStore`)

/** Of every user and role that is acted on, by both names. */
export const OF_TAGGED_ENTITIES = words('aws:ResourceTag/team iam:ResourceTag/team')

/** Keys of each action of IAM beside those of its resource; actions that have none are left out. */
export const IAM_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  AttachGroupPolicy: ['iam:PolicyARN'],
  DetachGroupPolicy: ['iam:PolicyARN'],
  AttachUserPolicy: ['iam:PermissionsBoundary', 'iam:PolicyARN'],
  DetachUserPolicy: ['iam:PermissionsBoundary', 'iam:PolicyARN'],
  AttachRolePolicy: ['iam:PermissionsBoundary', 'iam:PolicyARN'],
  DetachRolePolicy: ['iam:PermissionsBoundary', 'iam:PolicyARN'],
  CreateServiceLinkedRole: ['iam:AWSServiceName'],
  PassRole: ['iam:PassedToService'],
  CreateOpenIDConnectProvider: ['aws:RequestTag/team', 'aws:TagKeys'],
  CreatePolicy: ['aws:RequestTag/team', 'aws:TagKeys'],
  CreateInstanceProfile: ['aws:RequestTag/team', 'aws:TagKeys'],
  CreateRole: ['aws:RequestTag/team', 'aws:TagKeys', 'iam:PermissionsBoundary'],
  CreateUser: ['aws:RequestTag/team', 'aws:TagKeys', 'iam:PermissionsBoundary'],
  ...everyOf(['DeleteRole', 'GetRole', 'UpdateRole', 'UpdateRoleDescription'], ['iam:PermissionsBoundary']),
  UpdateAssumeRolePolicy: ['iam:PermissionsBoundary'],
  ...everyOf(['PutRolePolicy', 'DeleteRolePolicy', 'PutUserPolicy', 'DeleteUserPolicy'], ['iam:PermissionsBoundary']),
  ...everyOf(['PutRolePermissionsBoundary', 'DeleteRolePermissionsBoundary'], ['iam:PermissionsBoundary']),
  ...everyOf(['PutUserPermissionsBoundary', 'DeleteUserPermissionsBoundary'], ['iam:PermissionsBoundary']),
  ...everyOf(
    ['TagPolicy', 'TagRole', 'TagUser', 'TagOpenIDConnectProvider', 'TagInstanceProfile'],
    ['aws:RequestTag/team', 'aws:TagKeys'],
  ),
  ...everyOf(
    ['UntagPolicy', 'UntagRole', 'UntagUser', 'UntagOpenIDConnectProvider', 'UntagInstanceProfile'],
    ['aws:TagKeys'],
  ),
}

/** Keys of STS, with what a request needs to have them. */
export const STS_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  AssumeRole: words(`aws:RequestTag/team aws:TagKeys iam:ResourceTag/team sts:ExternalId sts:RoleSessionName
    sts:SourceIdentity sts:TransitiveTagKeys`),
  GetFederationToken: words('aws:RequestTag/team aws:TagKeys'),
  TagSession: words('aws:RequestTag/team aws:TagKeys sts:TransitiveTagKeys'),
  SetSourceIdentity: ['sts:SourceIdentity'],
  DecodeAuthorizationMessage: [],
  GetAccessKeyInfo: [],
}

/** Keys that AWS lists and this server never supplies: a Deny on one of them alone denies nothing (SECURITY.md). */
export const NEVER_SUPPLIED: Readonly<Record<string, readonly string[]>> = {
  'it has no AWS Organizations': words(`aws:PrincipalOrgID aws:PrincipalOrgPaths aws:ResourceOrgID aws:ResourceOrgPaths
    aws:SourceOrgID aws:SourceOrgPaths`),
  'it has no VPCs': words(`aws:SourceVpc aws:SourceVpcArn aws:SourceVpce aws:VpcSourceIp aws:VpceAccount aws:VpceOrgID
    aws:VpceOrgPaths aws:Ec2InstanceSourceVpc aws:Ec2InstanceSourcePrivateIPv4`),
  'it has no second factors': ['aws:MultiFactorAuthAge'],
  'it has no such services': words(`aws:AssumedRoot aws:ChatbotSourceArn aws:CalledViaAWSMCP aws:ViaAWSMCPService
    aws:IsMcpServiceAction ec2:RoleDelivery ec2:SourceInstanceArn glue:RoleAssumedBy glue:CredentialIssuingService
    lambda:SourceFunctionArn ssm:SourceInstanceArn identitystore:UserId aws:SourceOwner`),
  'it has no resources of such services': ['iam:AssociatedResourceArn'],
  'it looks at no Referer header': ['aws:referer'],
  'it refuses requests with a Recipient': ['kms:RecipientAttestation:ImageSha384', 'kms:RecipientAttestation:PCR0'],
}

/** The type of every key that this server supplies. */
export const TYPES: Readonly<Record<string, ConditionType>> = {
  ...typed('ARN', 'aws:PrincipalArn aws:SourceArn kms:GrantConstraintSourceArn iam:PermissionsBoundary iam:PolicyARN'),
  ...typed('IPAddress', 'aws:SourceIp'),
  ...typed('Date', 'aws:CurrentTime aws:EpochTime aws:TokenIssueTime kms:ValidTo'),
  ...typed(
    'Numeric',
    `kms:RotationPeriodInDays kms:ScheduleKeyDeletionPendingWindowInDays kms:TrailingDaysWithoutKeyUsage`,
  ),
  ...typed(
    'Bool',
    `aws:PrincipalIsAWSService aws:MultiFactorAuthPresent aws:SecureTransport aws:ViaAWSService
    kms:BypassPolicyLockoutSafetyCheck kms:GrantIsForAWSResource kms:MultiRegion kms:ReEncryptOnSameKey`,
  ),
  ...typed(
    'ArrayOfString',
    `aws:PrincipalServiceNamesList aws:CalledVia aws:TagKeys kms:EncryptionContextKeys kms:GrantOperations
    kms:ResourceAliases sts:TransitiveTagKeys`,
  ),
  ...typed(
    'String',
    `aws:PrincipalAccount aws:PrincipalTag/team aws:PrincipalServiceName aws:PrincipalType aws:userid aws:username
    aws:FederatedProvider aws:SourceIdentity aws:ResourceAccount aws:ResourceTag/team aws:CalledViaFirst
    aws:CalledViaLast aws:RequestedRegion aws:RequestTag/team aws:SourceAccount aws:UserAgent iam:ResourceTag/team
    kms:CallerAccount kms:CustomerMasterKeySpec kms:CustomerMasterKeyUsage kms:DataKeyPairSpec kms:EncryptionAlgorithm
    kms:EncryptionContext:tenant kms:ExpirationModel kms:GrantConstraintType kms:GranteePrincipal
    kms:GranteeServicePrincipal kms:KeyAgreementAlgorithm kms:KeyOrigin kms:KeySpec kms:KeyUsage kms:MacAlgorithm
    kms:MessageType kms:MultiRegionKeyType kms:PrimaryRegion kms:ReplicaRegion kms:RequestAlias kms:RetiringPrincipal
    kms:RetiringServicePrincipal kms:SigningAlgorithm kms:ViaService kms:WrappingAlgorithm kms:WrappingKeySpec
    sts:ExternalId sts:RoleSessionName sts:SourceIdentity`,
  ),
}

function typed(type: ConditionType, names: string): Record<string, ConditionType> {
  return Object.fromEntries(words(names).map((name) => [name, type]))
}

function everyOf(actions: readonly string[], keys: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(actions.map((action) => [action, keys]))
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
