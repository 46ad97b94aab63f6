/** What every member of every request refers to, and so what it can belong to. */
import { SERVICES, type ServiceName } from '@keyhold/protocol'

/** Kinds of references, by what is put in their place: kms-cells.ts and query-cells.ts have the substitutes. */
export const REFERENCES = {
  key: 'a key, by key id, key ARN, alias name or alias ARN',
  alias: 'an alias, by name',
  grantTokens: 'grants, by their tokens',
  grantToken: 'a grant, by its token alone',
  grantId: 'a grant on the key that another member names',
  principal: 'a user, role, session or account',
  service: 'a service principal',
  ciphertext: 'a ciphertext, which names its key',
  encapsulation: 'a ciphertext that names no key',
  signature: 'a signature',
  mac: 'a message authentication code',
  peerKey: 'a public key of the other party',
  importToken: 'an import token',
  wrappedMaterial: 'key material that is wrapped for an import token',
  materialId: 'key material of the key that another member names',
  marker: 'a place in a list',
  policy: 'a document that names principals',
  region: 'another Region, and the related key there',
  user: 'a user of the account, by name',
  role: 'a role of the account, by name',
  group: 'a group of the account, by name',
  profile: 'an instance profile of the account, by name',
  policyArn: 'a managed policy',
  inlinePolicy: 'a policy within the entity that another member names',
  version: 'a version of the policy that another member names',
  provider: 'an OIDC provider of the account',
  accessKey: 'an access key',
  policySource: 'a user, role or group whose policies are simulated',
  roleArn: 'a role to assume',
  webIdentity: "an issuer's token",
  forwarded: "a user's signed request",
  quorumRule: 'a quorum rule of the account, by name',
  quorumRequest: 'a call of the account that waits for approval',
} as const

export type Kind = keyof typeof REFERENCES

/** Kinds of which an ARN, or a document with ARNs, is one form: of each, another partition is tried. */
export const WITH_ARNS: ReadonlySet<Kind> = new Set<Kind>([
  'key',
  'principal',
  'policy',
  'policyArn',
  'provider',
  'policySource',
  'roleArn',
])

/** Whether a request puts something of another partition into a member. */
export function triesOtherPartition(request: object, path: string): boolean {
  const [member = path] = path.split('.')
  return JSON.stringify((request as Record<string, unknown>)[member] ?? '').includes('arn:aws-cn:')
}

/** Members that refer to nothing that has an owner: values, options, names of what is being made, and texts. */
const NO_REFERENCE = `
  AWSServiceName AllUsers AssignmentStatus BypassPolicyLockoutSafetyCheck ClientID ClientIDList ContextEntries.ContextKeyName CustomSuffix EncodedMessage Filter ContextEntries.ContextKeyType
  ContextEntries.ContextKeyValues CustomerMasterKeySpec Description DestinationEncryptionAlgorithm
  DestinationEncryptionContext DryRun DryRunModifiers DurationSeconds EncapsulationAlgorithm EncryptionAlgorithm
  EncryptionContext EntityFilter ExpirationModel ExternalId ImportType IncludeKeyMaterial KeyAgreementAlgorithm
  KeyMaterialDescription KeyPairSpec KeySpec KeyUsage Limit MacAlgorithm MaxItems MaxSessionDuration Message MessageType
  MinimumSessionTokenSize MultiRegion Name NewGroupName NewPath NewUserName NumberOfBytes OnlyAttached Operations Origin
  Path PathPrefix PendingWindowInDays Plaintext PolicyUsageFilter RoleSessionName RotationPeriodInDays Scope ServiceName
  SetAsDefault SigningAlgorithm SourceEncryptionAlgorithm SourceEncryptionContext SourceIdentity Status TagKeys
  Tags.Key Tags.TagKey Tags.TagValue Tags.Value ThumbprintList TransitiveTagKeys Url ValidTo WrappingAlgorithm
  NeededApprovals Protects ApprovalMinutes RequesterMayApprove KeyTags.TagKey KeyTags.TagValue
  WrappingKeySpec ActionNames Constraints.EncryptionContextEquals Constraints.EncryptionContextSubset
`

/** Members that are refused whatever they say, as this server has nothing for them to refer to. */
const UNSUPPORTED = `
  CustomKeyStoreId XksKeyId Recipient.KeyEncryptionAlgorithm Recipient.AttestationDocument
  OrderedOrganizationPolicyInputList.ServiceControlPolicyInputList
  PolicyExclusionList.PolicyType PolicyExclusionList.PolicyArn
  PolicyExclusionList.InlinePolicyIdentifier.PolicyName
  PolicyExclusionList.InlinePolicyIdentifier.AttachmentName PolicyExclusionList.InlinePolicyIdentifier.AttachmentType ResourceHandlingOption SerialNumber TokenCode ProvidedContexts.ContextAssertion
  ProvidedContexts.ProviderArn ProviderId
`

/** Members whose text is taken as it is, and what keeps that from being a hole. */
const TEXTS: Readonly<Record<string, string>> = {
  'Constraints.SourceArn':
    'Limits the grant to services that act for this resource; only what a registered service said of itself is compared ' +
    'with it (AWS KMS API Reference, GrantConstraints, SourceArn).',
  SourceArn: 'Said by a registered service of what it acts for; that the operator registered it is the permission.',
  KeyArns: 'Compared with the ARNs of keys of the account that the rule is for, and of no other.',
  SourceAccount: 'Said by a registered service of what it acts for; that the operator registered it is the permission.',
  ResourceArns: 'Nothing is looked up: a simulation compares texts (IAM API Reference, SimulateCustomPolicy).',
  ResourceOwner: 'Nothing is looked up: a simulation compares texts (IAM API Reference, SimulateCustomPolicy).',
  ResourcePolicy: 'Given with the request; no stored policy is read (IAM API Reference, SimulateCustomPolicy).',
  CallerArn: 'A simulated user who need not exist; whose policies count is PolicySourceArn (SimulatePrincipalPolicy).',
  PolicyInputList: 'Given with the request; no stored policy is read (IAM API Reference, SimulateCustomPolicy).',
  PermissionsBoundaryPolicyInputList: 'Given with the request; no stored policy is read (SimulateCustomPolicy).',
}

/** What members refer to, by name; `Operation.Member` where one operation has its own meaning. */
const KINDS: Readonly<Record<string, Kind | 'new name' | 'no principals'>> = {
  RuleName: 'quorumRule',
  RequestId: 'quorumRequest',
  Approvers: 'principal',
  KeyId: 'key',
  TargetKeyId: 'key',
  SourceKeyId: 'key',
  DestinationKeyId: 'key',
  AliasName: 'alias',
  'CreateAlias.AliasName': 'new name',
  GrantTokens: 'grantTokens',
  GrantToken: 'grantToken',
  GrantId: 'grantId',
  GranteePrincipal: 'principal',
  RetiringPrincipal: 'principal',
  GranteeServicePrincipal: 'service',
  RetiringServicePrincipal: 'service',
  CiphertextBlob: 'ciphertext',
  SharedSecretCiphertextBlob: 'encapsulation',
  Signature: 'signature',
  Mac: 'mac',
  PublicKey: 'peerKey',
  ImportToken: 'importToken',
  EncryptedKeyMaterial: 'wrappedMaterial',
  KeyMaterialId: 'materialId',
  Marker: 'marker',
  Policy: 'policy',
  'AssumeRole.Policy': 'no principals',
  'AssumeRoleWithWebIdentity.Policy': 'no principals',
  'GetFederationToken.Policy': 'no principals',
  'GetFederationToken.Name': 'new name',
  PolicyDocument: 'no principals',
  'UpdateAssumeRolePolicy.PolicyDocument': 'policy',
  AssumeRolePolicyDocument: 'policy',
  ReplicaRegion: 'region',
  PrimaryRegion: 'region',
  UserName: 'user',
  'CreateUser.UserName': 'new name',
  RoleName: 'role',
  'CreateRole.RoleName': 'new name',
  GroupName: 'group',
  'CreateGroup.GroupName': 'new name',
  InstanceProfileName: 'profile',
  'CreateInstanceProfile.InstanceProfileName': 'new name',
  PolicyArn: 'policyArn',
  PermissionsBoundary: 'policyArn',
  'PolicyArns.arn': 'policyArn',
  PolicyName: 'inlinePolicy',
  'CreatePolicy.PolicyName': 'new name',
  'PutUserPolicy.PolicyName': 'new name',
  'PutRolePolicy.PolicyName': 'new name',
  'PutGroupPolicy.PolicyName': 'new name',
  'GetKeyPolicy.PolicyName': 'new name', // `default`, whichever key
  'PutKeyPolicy.PolicyName': 'new name',
  VersionId: 'version',
  OpenIDConnectProviderArn: 'provider',
  AccessKeyId: 'accessKey',
  PolicySourceArn: 'policySource',
  RoleArn: 'roleArn',
  WebIdentityToken: 'webIdentity',
  'Request.Method': 'forwarded',
  'Request.Path': 'forwarded',
  'Request.Query': 'forwarded',
  'Request.Headers': 'forwarded',
  'Request.PayloadHash': 'forwarded',
}

const words = (text: string): Set<string> => new Set(text.trim().split(/\s+/))
const NOTHING = words(NO_REFERENCE)
const REFUSED = words(UNSUPPORTED)

/** A member that refers to something. */
export interface ReferenceMember {
  /** `KeyId`, `Request.Headers` */
  path: string
  kind: Kind
}

/** The members of an operation's input that are references. Throws for one that is in no list here. */
export function referencesOf(service: ServiceName, operation: string): ReferenceMember[] {
  return membersOf(service, operation).flatMap((path) => {
    const kind = meaningOf(operation, path)
    return kind !== undefined && kind in REFERENCES ? [{ path, kind: kind as Kind }] : []
  })
}

/** Names that these lists have and no operation does. */
export function staleNames(operations: readonly (readonly [ServiceName, string])[]): string[] {
  const used = new Set(
    operations.flatMap(([service, name]) => membersOf(service, name).flatMap((path) => [path, `${name}.${path}`])),
  )
  const known = [...NOTHING, ...REFUSED, ...Object.keys(TEXTS), ...Object.keys(KINDS)]
  return known.filter((name) => !used.has(name))
}

/** What is known about a member; `undefined` where nothing is its owner. */
function meaningOf(operation: string, path: string): string | undefined {
  const own = KINDS[`${operation}.${path}`] ?? KINDS[path]
  if (own !== undefined) return own
  if (NOTHING.has(path) || REFUSED.has(path) || path in TEXTS) return undefined
  throw new Error(`${operation} has the member ${path}: say in members.ts what it refers to`)
}

/** The paths of all members, those of structures below them included. */
function membersOf(service: ServiceName, operation: string): string[] {
  const { operations, structures } = SERVICES[service].model
  const below = (name: string, prefix: string): string[] =>
    (structures[name] ?? []).flatMap((member) => {
      const { name: own, type } = member as { name: string; type: string }
      return type in structures ? below(type, `${prefix}${own}.`) : [prefix + own]
    })
  const input = (operations as Record<string, { input?: string }>)[operation]?.input
  return input === undefined ? [] : below(input, '')
}
