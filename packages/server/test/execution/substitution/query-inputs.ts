/** Right requests for every operation of IAM and STS, each with things of its own. */
import { type IamOperationName, SERVICES, type StsOperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { ACCOUNT, type TestService } from '../../support/service.ts'
import { policyOf, trust } from '../../support/sessions.ts'
import type { SubstitutionWorld } from './world.ts'

export type QueryOperation = { service: 'iam'; name: IamOperationName } | { service: 'sts'; name: StsOperationName }

type Input = Record<string, unknown>

/** What an account has, for requests to name. */
export interface Things {
  UserName: string
  RoleName: string
  GroupName: string
  InstanceProfileName: string
  PolicyArn: string
  PermissionsBoundary: string
  OpenIDConnectProviderArn: string
  AccessKeyId: string
  /** An inline policy of the user, the role and the group. */
  PolicyName: string
  VersionId: string
  PolicySourceArn: string
  RoleArn: string
}

const IDENTITY = policyOf('kms:ListKeys')

/** Values for members that must be there and refer to nothing. */
const VALUES: Readonly<Record<string, unknown>> = {
  PolicyDocument: IDENTITY,
  AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }),
  Tags: [{ Key: 'a', Value: 'b' }],
  TagKeys: ['a'],
  Status: 'Inactive',
  ClientID: 'second',
  ThumbprintList: ['a'.repeat(40)],
  Description: 'text',
  ActionNames: ['kms:Decrypt'],
  PolicyInputList: [IDENTITY],
  RoleSessionName: 'night',
  Name: 'guest',
}

/** Makes one of everything in the account of `caller`, under names that no other account has unless `names` says so. */
export async function makeThings(world: SubstitutionWorld, caller: Caller): Promise<Things> {
  const { service } = world
  const iam = <T = Record<string, string>>(name: IamOperationName, input: object): Promise<T> =>
    service.iam<T>(name, input, caller)
  const [UserName, RoleName, GroupName, InstanceProfileName, policy] = [
    'user',
    'role',
    'group',
    'profile',
    'policy',
  ].map((kind) => world.fresh(kind))
  await iam('CreateUser', { UserName })
  const AssumeRolePolicyDocument = trust({ AWS: caller.principal.accountId })
  const { Role } = await iam<{ Role: { Arn: string } }>('CreateRole', { RoleName, AssumeRolePolicyDocument })
  await iam('CreateGroup', { GroupName })
  await iam('CreateInstanceProfile', { InstanceProfileName })
  const { Policy } = await iam<{ Policy: { Arn: string } }>('CreatePolicy', {
    PolicyName: policy,
    PolicyDocument: IDENTITY,
  })
  await iam('CreatePolicyVersion', { PolicyArn: Policy.Arn, PolicyDocument: IDENTITY })
  const bounds = await iam<{ Policy: { Arn: string } }>('CreatePolicy', {
    PolicyName: world.fresh('bounds'),
    PolicyDocument: IDENTITY,
  })
  const Url = `https://${world.fresh('issuer')}.example.com`
  const provider = await iam('CreateOpenIDConnectProvider', { Url, ClientIDList: ['first', 'second'] })
  const { AccessKey } = await iam<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', { UserName })
  const PolicyName = world.fresh('inline')
  await iam('PutUserPolicy', { UserName, PolicyName, PolicyDocument: IDENTITY })
  await iam('PutRolePolicy', { RoleName, PolicyName, PolicyDocument: IDENTITY })
  await iam('PutGroupPolicy', { GroupName, PolicyName, PolicyDocument: IDENTITY })
  return {
    UserName: UserName ?? '',
    RoleName: RoleName ?? '',
    GroupName: GroupName ?? '',
    InstanceProfileName: InstanceProfileName ?? '',
    PolicyArn: Policy.Arn,
    PermissionsBoundary: bounds.Policy.Arn,
    OpenIDConnectProviderArn: provider['OpenIDConnectProviderArn'] ?? '',
    AccessKeyId: AccessKey.AccessKeyId,
    PolicyName,
    VersionId: 'v2',
    PolicySourceArn: `arn:aws:iam::${caller.principal.accountId}:user/${UserName}`,
    RoleArn: Role.Arn,
  }
}

/** Things that were there, and are deleted. */
export async function deletedThings(world: SubstitutionWorld, caller: Caller): Promise<Things> {
  const things = await makeThings(world, caller)
  const { UserName, RoleName, GroupName, PolicyArn, PolicyName, AccessKeyId } = things
  const { OpenIDConnectProviderArn, PermissionsBoundary, InstanceProfileName } = things
  const iam = (name: IamOperationName, input: object): Promise<unknown> => world.service.iam(name, input, caller)
  await iam('DeleteAccessKey', { UserName, AccessKeyId })
  await iam('DeleteUserPolicy', { UserName, PolicyName })
  await iam('DeleteRolePolicy', { RoleName, PolicyName })
  await iam('DeleteGroupPolicy', { GroupName, PolicyName })
  await iam('DeleteUser', { UserName })
  await iam('DeleteRole', { RoleName })
  await iam('DeleteGroup', { GroupName })
  await iam('DeleteInstanceProfile', { InstanceProfileName })
  await iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' })
  await iam('DeletePolicy', { PolicyArn })
  await iam('DeletePolicy', { PolicyArn: PermissionsBoundary })
  await iam('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn })
  return { ...things, VersionId: 'v9' }
}

/** Operations that are always refused, with what: this server has nothing that they could be about. */
export const ALWAYS_REFUSED: Readonly<Partial<Record<IamOperationName | StsOperationName, RegExp>>> = {
  GetLoginProfile: /^NoSuchEntity: Login Profile for User user\d+ cannot be found\.$/,
  DeleteLoginProfile: /^NoSuchEntity: Login Profile for User user\d+ cannot be found\.$/,
  CreateServiceLinkedRole: /^AccessDenied: Cannot find Service Linked Role template for new\d+$/,
  DecodeAuthorizationMessage: /^InvalidAuthorizationMessageException: Message is not valid$/,
  GetAccountPasswordPolicy: /^NoSuchEntity: The Password Policy with domain name \d{12} cannot be found\.$/,
}

/** A request that succeeds, about things that were made for it. */
export async function queryBase(
  { service: name, name: operation }: QueryOperation,
  world: SubstitutionWorld,
  things: Things,
  caller: Caller,
): Promise<Input> {
  const input: Input = {}
  for (const { name: member, required } of membersOf(name, operation)) {
    const isOwn = member in things && NEW_NAMES[operation]?.includes(member) !== true
    if (isOwn) input[member] = things[member as keyof Things]
    else if (required) input[member] = VALUES[member] ?? world.fresh('new')
  }
  await surround(operation, input, things, { service: world.service, caller })
  return { ...input, ...EXTRA[operation] }
}

/** Members that name what is being made, or are about it. */
const NEW_NAMES: Readonly<Record<string, readonly string[]>> = {
  CreateUser: ['UserName'],
  CreateRole: ['RoleName'],
  CreateGroup: ['GroupName'],
  CreateInstanceProfile: ['InstanceProfileName'],
  CreatePolicy: ['PolicyName'],
}

const EXTRA: Readonly<Record<string, Input>> = {
  CreateOpenIDConnectProvider: { Url: 'https://new.example.com' },
  UpdateAssumeRolePolicy: { PolicyDocument: trust({ AWS: ACCOUNT }) },
}

function membersOf(service: 'iam' | 'sts', operation: string): { name: string; required: boolean }[] {
  const { operations, structures } = SERVICES[service].model
  const { input } = (operations as Record<string, { input?: string }>)[operation] ?? {}
  return (input === undefined ? [] : (structures[input] ?? [])) as unknown as { name: string; required: boolean }[]
}

/** What must be there beside the things themselves. */
async function surround(
  operation: string,
  input: Input,
  things: Things,
  { service, caller }: { service: TestService; caller: Caller },
): Promise<void> {
  const { UserName, RoleName, GroupName, InstanceProfileName, PolicyArn } = input
  const { PolicyName, AccessKeyId } = things
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
  const steps: Record<string, [IamOperationName, Input][]> = {
    DetachUserPolicy: [['AttachUserPolicy', { UserName, PolicyArn }]],
    DetachRolePolicy: [['AttachRolePolicy', { RoleName, PolicyArn }]],
    DetachGroupPolicy: [['AttachGroupPolicy', { GroupName, PolicyArn }]],
    DeleteUserPermissionsBoundary: [['PutUserPermissionsBoundary', { UserName, PermissionsBoundary }]],
    DeleteRolePermissionsBoundary: [['PutRolePermissionsBoundary', { RoleName, PermissionsBoundary }]],
    RemoveUserFromGroup: [['AddUserToGroup', { GroupName, UserName }]],
    RemoveRoleFromInstanceProfile: [['AddRoleToInstanceProfile', { InstanceProfileName, RoleName }]],
    DeletePolicy: [['DeletePolicyVersion', { PolicyArn, VersionId: 'v2' }]],
    DeleteUser: [
      ['DeleteUserPolicy', { UserName, PolicyName }],
      ['DeleteAccessKey', { UserName, AccessKeyId }],
    ],
    DeleteRole: [['DeleteRolePolicy', { RoleName, PolicyName }]],
    DeleteGroup: [['DeleteGroupPolicy', { GroupName, PolicyName }]],
  }
  for (const [step, request] of steps[operation] ?? []) await service.iam(step, request, caller)
}
