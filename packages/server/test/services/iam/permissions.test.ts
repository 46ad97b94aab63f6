import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { TestService } from '../../support/service.ts'
import { addPolicy, addRole, ADMINISTRATOR, allow, arnOf, document, READ_ONLY } from './support.ts'

let service: TestService
let stranger: Caller
before(async () => {
  service = await TestService.open('on')
  stranger = await service.user('stranger')
  await service.iam('CreateUser', { UserName: 'Ann', Path: '/division/' })
  await service.iam('CreateGroup', { GroupName: 'Admins', Path: '/groups/' })
  await addRole(service, 'Deployer', '/roles/')
  await addPolicy(service, 'present')
})
after(() => service[Symbol.asyncDispose]())

const [ann, admins, deployer] = [arnOf('user/division/Ann'), arnOf('group/groups/Admins'), arnOf('role/roles/Deployer')]
const present = arnOf('policy/present')
const absent = arnOf('policy/absent')
const text = document(allow('*'))
const Tags = [{ Key: 'a', Value: 'b' }]

/** What each operation needs: its own action on one resource. */
const NEEDS: readonly [IamOperationName, object, resource: string][] = [
  ['CreateUser', { UserName: 'new', Path: '/p/' }, arnOf('user/p/new')],
  ['GetUser', { UserName: 'ann' }, ann],
  ['GetUser', { UserName: 'absent' }, arnOf('user/absent')],
  ['GetUser', {}, arnOf('user/stranger')],
  ['UpdateUser', { UserName: 'ann', NewPath: '/q/' }, ann],
  ['DeleteUser', { UserName: 'ann' }, ann],
  ['DeleteUser', { UserName: 'absent' }, arnOf('user/absent')],
  ['ListUsers', {}, arnOf('user/')],
  ['ListUsers', { PathPrefix: '/division/' }, arnOf('user/division/')],
  ['TagUser', { UserName: 'ann', Tags }, ann],
  ['UntagUser', { UserName: 'ann', TagKeys: ['a'] }, ann],
  ['ListUserTags', { UserName: 'ann' }, ann],
  ['CreateAccessKey', { UserName: 'ann' }, ann],
  ['CreateAccessKey', {}, arnOf('user/stranger')],
  ['UpdateAccessKey', { UserName: 'ann', AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA', Status: 'Inactive' }, ann],
  ['DeleteAccessKey', { UserName: 'ann', AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, ann],
  ['ListAccessKeys', { UserName: 'ann' }, ann],
  ['GetAccessKeyLastUsed', { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }, 'access key AKIAAAAAAAAAAAAAAAAA'],
  ['CreateGroup', { GroupName: 'new', Path: '/p/' }, arnOf('group/p/new')],
  ['GetGroup', { GroupName: 'admins' }, admins],
  ['GetGroup', { GroupName: 'none' }, arnOf('group/none')],
  ['UpdateGroup', { GroupName: 'admins', NewPath: '/q/' }, admins],
  ['DeleteGroup', { GroupName: 'admins' }, admins],
  ['ListGroups', {}, arnOf('group/')],
  ['AddUserToGroup', { GroupName: 'admins', UserName: 'absent' }, admins],
  ['RemoveUserFromGroup', { GroupName: 'admins', UserName: 'ann' }, admins],
  ['ListGroupsForUser', { UserName: 'ann' }, ann],
  ['PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: 'malformed' }, ann],
  ['PutRolePolicy', { RoleName: 'deployer', PolicyName: 'p', PolicyDocument: text }, deployer],
  ['PutGroupPolicy', { GroupName: 'admins', PolicyName: 'p', PolicyDocument: text }, admins],
  ['GetUserPolicy', { UserName: 'ann', PolicyName: 'none' }, ann],
  ['GetRolePolicy', { RoleName: 'deployer', PolicyName: 'none' }, deployer],
  ['GetGroupPolicy', { GroupName: 'admins', PolicyName: 'none' }, admins],
  ['DeleteUserPolicy', { UserName: 'ann', PolicyName: 'none' }, ann],
  ['DeleteRolePolicy', { RoleName: 'deployer', PolicyName: 'none' }, deployer],
  ['DeleteGroupPolicy', { GroupName: 'admins', PolicyName: 'none' }, admins],
  ['ListUserPolicies', { UserName: 'ann' }, ann],
  ['ListRolePolicies', { RoleName: 'deployer' }, deployer],
  ['ListGroupPolicies', { GroupName: 'admins' }, admins],
  ['AttachUserPolicy', { UserName: 'ann', PolicyArn: absent }, ann],
  ['AttachRolePolicy', { RoleName: 'deployer', PolicyArn: present }, deployer],
  ['AttachGroupPolicy', { GroupName: 'admins', PolicyArn: present }, admins],
  ['DetachUserPolicy', { UserName: 'ann', PolicyArn: present }, ann],
  ['DetachRolePolicy', { RoleName: 'deployer', PolicyArn: present }, deployer],
  ['DetachGroupPolicy', { GroupName: 'admins', PolicyArn: present }, admins],
  ['ListAttachedUserPolicies', { UserName: 'ann' }, ann],
  ['ListAttachedRolePolicies', { RoleName: 'deployer' }, deployer],
  ['ListAttachedGroupPolicies', { GroupName: 'admins' }, admins],
  ['PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary: present }, ann],
  ['PutRolePermissionsBoundary', { RoleName: 'deployer', PermissionsBoundary: present }, deployer],
  ['DeleteUserPermissionsBoundary', { UserName: 'ann' }, ann],
  ['DeleteRolePermissionsBoundary', { RoleName: 'deployer' }, deployer],
  ['TagRole', { RoleName: 'deployer', Tags }, deployer],
  ['UntagRole', { RoleName: 'deployer', TagKeys: ['a'] }, deployer],
  ['ListRoleTags', { RoleName: 'none' }, arnOf('role/none')],
  ['CreatePolicy', { PolicyName: 'new', Path: '/p/', PolicyDocument: text }, arnOf('policy/p/new')],
  ['GetPolicy', { PolicyArn: present }, present],
  ['GetPolicy', { PolicyArn: absent }, absent],
  ['GetPolicy', { PolicyArn: ADMINISTRATOR }, ADMINISTRATOR],
  ['DeletePolicy', { PolicyArn: present }, present],
  ['DeletePolicy', { PolicyArn: ADMINISTRATOR }, ADMINISTRATOR],
  ['ListPolicies', {}, 'policy path /'],
  ['ListPolicies', { PathPrefix: '/p/' }, 'policy path /p/'],
  ['CreatePolicyVersion', { PolicyArn: present, PolicyDocument: text }, present],
  ['GetPolicyVersion', { PolicyArn: absent, VersionId: 'v1' }, absent],
  ['DeletePolicyVersion', { PolicyArn: present, VersionId: 'v1' }, present],
  ['ListPolicyVersions', { PolicyArn: present }, present],
  ['SetDefaultPolicyVersion', { PolicyArn: present, VersionId: 'v1' }, present],
  ['ListEntitiesForPolicy', { PolicyArn: present }, present],
  ['TagPolicy', { PolicyArn: present, Tags }, present],
  ['UntagPolicy', { PolicyArn: present, TagKeys: ['a'] }, present],
  ['ListPolicyTags', { PolicyArn: present }, present],
]

const denial = (caller: Caller, action: string, resource: string): string =>
  `AccessDenied: User: ${caller.principal.arn} is not authorized to perform: iam:${action} on resource: ${resource} ` +
  `because no identity-based policy allows the iam:${action} action`

/** How AWS's denials name the resource of an operation: by kind and name, and what is made or listed by its ARN. */
function namedInDenial(operation: string, input: object): string | undefined {
  const { UserName, RoleName, GroupName, PolicyArn, PolicyName } = input as Record<string, string | undefined>
  if (operation === 'CreatePolicy') return `policy ${PolicyName}`
  if (/^(Create(User|Role|Group|OpenID)|List(Users|Roles|Groups|Policies)$|GetAccessKeyLastUsed)/.test(operation)) {
    return undefined
  }
  if (GroupName !== undefined) return `group ${GroupName}`
  if (RoleName !== undefined) return `role ${RoleName}`
  if (UserName !== undefined) return `user ${UserName}`
  return PolicyArn === undefined ? 'user stranger' : `policy ${PolicyArn}`
}

test('a caller without permissions gets the same answer for existing and missing resources, in the words of AWS', async () => {
  for (const [operation, input, resource] of NEEDS) {
    const named = namedInDenial(operation, input) ?? resource
    assert.equal(await service.iamFault(operation, input, stranger), denial(stranger, operation, named))
  }
})

test('an operation is allowed by its own action on that resource, and by no more', async () => {
  for (const [operation, input, resource] of NEEDS) {
    // What is not written as an ARN is reached only by statements about everything.
    const Resource = resource.startsWith('arn:') ? resource : '*'
    const PolicyDocument = document(allow(`iam:${operation}`, Resource))
    await service.iam('PutUserPolicy', { UserName: 'stranger', PolicyName: 'one', PolicyDocument })
    const target = operation === 'UpdateUser' ? arnOf('user/q/Ann') : arnOf('group/q/Admins')
    const answer = await service.query('iam', operation, input, stranger)
    if (operation.startsWith('Update') && !operation.endsWith('AccessKey')) {
      assert.equal(`${answer.body['Code']}: ${answer.body['Message']}`, denial(stranger, operation, target))
    } else {
      // AWS's own policies cannot be changed by any caller, for no reason of policies.
      const denied = /is not authorized to perform.* because /.test(String(answer.body['Message']))
      assert(!denied, `${operation}: ${JSON.stringify(answer.body)}`)
    }
    await undo(operation)
  }
  await service.iam('DeleteUserPolicy', { UserName: 'stranger', PolicyName: 'one' })
})

/** Puts back what the next rows of the table speak of. */
async function undo(operation: IamOperationName): Promise<void> {
  if (operation === 'CreateUser') await service.iam('DeleteUser', { UserName: 'new' })
  if (operation === 'CreateGroup') await service.iam('DeleteGroup', { GroupName: 'new' })
  if (operation === 'DeleteUser') await service.query('iam', 'CreateUser', { UserName: 'Ann', Path: '/division/' })
  if (operation === 'DeleteGroup') await service.query('iam', 'CreateGroup', { GroupName: 'Admins', Path: '/groups/' })
  if (operation === 'DeletePolicy') {
    await service.query('iam', 'CreatePolicy', { PolicyName: 'present', PolicyDocument: text })
  }
  if (operation === 'CreateAccessKey') {
    for (const UserName of ['ann', 'stranger']) {
      const { body } = await service.query('iam', 'ListAccessKeys', { UserName })
      for (const { AccessKeyId } of (body['AccessKeyMetadata'] || []) as { AccessKeyId: string }[]) {
        await service.iam('DeleteAccessKey', { UserName, AccessKeyId })
      }
    }
  }
}

test('reading is what CloudTrail takes for reading', () => {
  for (const [operation] of NEEDS) {
    assert.equal(OPERATIONS.find('iam', operation).readOnly, /^(Get|List)/.test(operation), operation)
  }
})

test('tags in the same request as what they are for need the permission to tag', async () => {
  const caller = await service.user('maker')
  const permit = (...actions: string[]): Promise<unknown> =>
    service.iam('PutUserPolicy', { UserName: 'maker', PolicyName: 'p', PolicyDocument: document(allow(actions)) })
  await permit('iam:CreateUser', 'iam:CreatePolicy')
  await service.iam('CreateUser', { UserName: 'made-1', Tags: [] }, caller)
  const user = { UserName: 'made-2', Tags }
  const policy = { PolicyName: 'made', PolicyDocument: text, Tags }
  assert.equal(await service.iamFault('CreateUser', user, caller), denial(caller, 'TagUser', arnOf('user/made-2')))
  assert.equal(await service.iamFault('CreatePolicy', policy, caller), denial(caller, 'TagPolicy', 'policy made'))
  await permit('iam:CreateUser', 'iam:CreatePolicy', 'iam:TagUser', 'iam:TagPolicy')
  await service.iam('CreateUser', user, caller)
  await service.iam('CreatePolicy', policy, caller)
})

test('conditions see the policy, the boundary and the tags', async () => {
  const caller = await service.user('conditional')
  await service.iam('CreateUser', {
    UserName: 'target',
    Tags: [{ Key: 'Team', Value: 'red' }],
    PermissionsBoundary: READ_ONLY,
  })
  await service.iam('CreateUser', { UserName: 'plain' })
  const equals = (key: string, value: string): object => ({ StringEquals: { [key]: value } })
  const boundary = (arn: string): object => equals('iam:PermissionsBoundary', arn)
  const attach = (UserName: string, PolicyArn: string): [IamOperationName, object] => [
    'AttachUserPolicy',
    { UserName, PolicyArn },
  ]
  const rows: [condition: object, allowed: [IamOperationName, object], denied: [IamOperationName, object]][] = [
    [equals('iam:PolicyARN', present), attach('target', present), attach('target', READ_ONLY)],
    [
      equals('iam:PolicyARN', present),
      ['DetachUserPolicy', { UserName: 'target', PolicyArn: present }],
      ['DetachUserPolicy', { UserName: 'target', PolicyArn: READ_ONLY }],
    ],
    [boundary(READ_ONLY), attach('target', present), attach('plain', present)],
    [
      boundary(READ_ONLY),
      ['CreateUser', { UserName: 'bounded', PermissionsBoundary: READ_ONLY }],
      ['CreateUser', { UserName: 'bounded-2', PermissionsBoundary: present }],
    ],
    [
      boundary(present),
      ['PutUserPermissionsBoundary', { UserName: 'plain', PermissionsBoundary: present }],
      ['PutUserPermissionsBoundary', { UserName: 'plain', PermissionsBoundary: READ_ONLY }],
    ],
    [
      boundary(READ_ONLY),
      ['PutUserPolicy', { UserName: 'target', PolicyName: 'x', PolicyDocument: text }],
      ['PutUserPolicy', { UserName: 'plain', PolicyName: 'x', PolicyDocument: text }],
    ],
    [
      boundary(present),
      ['DeleteUserPermissionsBoundary', { UserName: 'plain' }],
      ['DeleteUserPermissionsBoundary', { UserName: 'target' }],
    ],
    [equals('aws:ResourceTag/team', 'red'), ['GetUser', { UserName: 'target' }], ['GetUser', { UserName: 'plain' }]],
    [equals('iam:ResourceTag/TEAM', 'red'), ['GetUser', { UserName: 'target' }], ['GetUser', { UserName: 'absent' }]],
    [
      equals('aws:RequestTag/a', 'b'),
      ['TagUser', { UserName: 'plain', Tags }],
      ['TagUser', { UserName: 'plain', Tags: [{ Key: 'a', Value: 'c' }] }],
    ],
  ]
  for (const [condition, allowed, denied] of rows) {
    const PolicyDocument = document(allow('iam:*', '*', condition))
    await service.iam('PutUserPolicy', { UserName: 'conditional', PolicyName: 'p', PolicyDocument })
    await service.iam(...allowed, caller)
    assert.match(await service.iamFault(...denied, caller), /^AccessDenied: /)
  }
})

test('a Deny by a tag is not dodged by another tag whose name differs in case, where a resource may have both', async () => {
  const caller = await service.user('retagging')
  const PolicyArn = await addPolicy(service, 'tagged')
  const Tag = (Key: string, Value: string): object => ({ PolicyArn, Tags: [{ Key, Value }] })
  await service.iam('TagPolicy', Tag('Team', 'secure'))
  for (const key of ['iam:ResourceTag/Team', 'aws:ResourceTag/Team']) {
    const deny = { ...allow('iam:*', '*', { StringEquals: { [key]: 'secure' } }), Effect: 'Deny' }
    const policy = { PolicyName: 'p', PolicyDocument: document(allow('iam:*'), deny) }
    await service.iam('PutUserPolicy', { UserName: 'retagging', ...policy })
    for (const name of ['TEAM', 'team']) {
      await service.iam('TagPolicy', Tag(name, 'other'))
      assert.match(await service.iamFault('GetPolicy', { PolicyArn }, caller), /^AccessDenied: /, `${key} ${name}`)
    }
  }
})

test('whatever is attached, joined, put or made the default decides from the next request on', async () => {
  const caller = await service.user('effective')
  const UserName = 'effective'
  const allowed = async (): Promise<boolean> => (await service.query('iam', 'ListUsers', {}, caller)).status === 200
  const PolicyArn = await addPolicy(service, 'effective', 'iam:ListGroups')
  const boundary = await addPolicy(service, 'narrow', 'iam:GetUser')
  await service.iam('CreateGroup', { GroupName: 'effective' })
  const version = { PolicyArn, PolicyDocument: document(allow('iam:ListUsers')), SetAsDefault: true }
  const steps: [IamOperationName, object, allowed: boolean][] = [
    ['AttachUserPolicy', { UserName, PolicyArn }, false],
    ['CreatePolicyVersion', version, true],
    ['SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' }, false],
    ['SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' }, true],
    ['DetachUserPolicy', { UserName, PolicyArn }, false],
    ['AttachGroupPolicy', { GroupName: 'effective', PolicyArn }, false],
    ['AddUserToGroup', { GroupName: 'effective', UserName }, true],
    ['PutUserPermissionsBoundary', { UserName, PermissionsBoundary: boundary }, false],
    ['DeleteUserPermissionsBoundary', { UserName }, true],
    ['UpdateGroup', { GroupName: 'effective', NewGroupName: 'effective-2' }, true],
    ['UpdateUser', { UserName, NewUserName: 'effective-2' }, true],
    ['RemoveUserFromGroup', { GroupName: 'effective-2', UserName: 'effective-2' }, false],
    ['PutUserPolicy', { UserName: 'effective-2', PolicyName: 'p', PolicyDocument: version.PolicyDocument }, true],
    ['DeleteUserPolicy', { UserName: 'effective-2', PolicyName: 'p' }, false],
  ]
  for (const [operation, input, expected] of steps) {
    await service.iam(operation, input)
    assert.equal(await allowed(), expected, operation)
  }
})
