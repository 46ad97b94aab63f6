/**
 * What IAM demands of input values beyond their wire type, from the public service model (API version 2010-05-08).
 * Enumerations and required members are in the generated model.
 */
import { between } from './constraints.ts'
import type { Constraint, ConstraintTable } from './constraints.ts'

const NAME = String.raw`[\w+=,.@-]+`
const arn = between(20, 2048)
const resourceName = between(1, 2048)
const userName = between(1, 64, NAME)
const groupName = between(1, 128, NAME)
const path = between(1, 512, String.raw`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`)
const policyPath = between(1, 512, String.raw`((/[A-Za-z0-9\.,\+@=_-]+)*)/`)
const policyDocument = between(1, 131_072, String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+`)
const tagKey = between(1, 128, String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`)
const clientId = between(1, 255)

/**
 * An entity that exists may be named with up to 128 characters, one that is to be made with 64. The model takes some
 * operations on existing users for the second kind.
 */
const newUserName = [
  'AttachUserPolicyRequest',
  'CreateUserRequest',
  'DeleteLoginProfileRequest',
  'DeleteUserPermissionsBoundaryRequest',
  'DetachUserPolicyRequest',
  'GetLoginProfileRequest',
  'ListAttachedUserPoliciesRequest',
  'ListServiceSpecificCredentialsRequest',
  'ListSSHPublicKeysRequest',
  'PutUserPermissionsBoundaryRequest',
]

const MEMBERS: ConstraintTable['members'] = {
  // Users, groups, roles
  UserName: between(1, 128, NAME),
  ...each(newUserName, 'UserName', userName),
  NewUserName: userName,
  GroupName: groupName,
  NewGroupName: groupName,
  RoleName: between(1, 64, NAME),
  InstanceProfileName: between(1, 128, NAME),
  AWSServiceName: groupName,
  CustomSuffix: between(1, 64, NAME),
  Path: path,
  'CreatePolicyRequest.Path': policyPath,
  NewPath: path,
  PathPrefix: between(1, 512, String.raw`\u002F[\u0021-\u007F]*`),
  ...each(
    [
      'ListAttachedUserPoliciesRequest',
      'ListAttachedGroupPoliciesRequest',
      'ListAttachedRolePoliciesRequest',
      'ListPoliciesRequest',
    ],
    'PathPrefix',
    policyPath,
  ),
  'ListEntitiesForPolicyRequest.PathPrefix': path,
  Description: between(0, 1000, String.raw`[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`),
  'CreatePolicyRequest.Description': between(0, 1000),
  MaxSessionDuration: between(3600, 43_200),
  AccessKeyId: between(16, 128, String.raw`[\w]+`),

  // Policies
  PolicyName: between(1, 128, NAME),
  PolicyArn: arn,
  PermissionsBoundary: arn,
  AttachmentName: between(1, 128, NAME),
  PolicyDocument: policyDocument,
  AssumeRolePolicyDocument: policyDocument,
  VersionId: between(0, Infinity, String.raw`v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`),

  // Simulation
  PolicySourceArn: arn,
  ResourcePolicy: policyDocument,
  ResourceOwner: resourceName,
  CallerArn: resourceName,
  ResourceHandlingOption: between(1, 64),
  ContextKeyName: between(5, 256),

  // Identity providers
  OpenIDConnectProviderArn: arn,
  Url: between(1, 255),
  ClientID: clientId,

  // Tags and pages
  Key: tagKey,
  Value: between(0, 256, String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`),
  // The model has no bounds: what is no service's name has no credentials.
  ServiceName: between(0, Infinity),
  Marker: between(1, 320, String.raw`[\u0020-\u00FF]+`),
  MaxItems: between(1, 1000),
}

const LISTS: ConstraintTable['lists'] = {
  ActionNames: { element: between(3, 128) },
  ClientIDList: { element: clientId },
  OrderedOrganizationPolicyInputList: { length: between(0, 7) },
  PermissionsBoundaryPolicyInputList: { element: policyDocument },
  PolicyExclusionList: { length: between(0, 256) },
  PolicyInputList: { element: policyDocument },
  ResourceArns: { element: resourceName },
  ServiceControlPolicyInputList: { element: policyDocument },
  TagKeys: { length: between(0, 50), element: tagKey },
  Tags: { length: between(0, 50) },
  ThumbprintList: { element: between(40, 40) },
}

export const IAM_CONSTRAINTS: ConstraintTable = { members: MEMBERS, lists: LISTS }

function each(structures: readonly string[], member: string, constraint: Constraint): Record<string, Constraint> {
  return Object.fromEntries(structures.map((structure) => [`${structure}.${member}`, constraint]))
}
