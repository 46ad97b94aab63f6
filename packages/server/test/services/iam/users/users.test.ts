import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addRole } from '../../../support/identities.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { addPolicy, ADMINISTRATOR, allow, arnOf, document, listOf } from '../support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
})
after(() => service[Symbol.asyncDispose]())

interface User {
  Path: string
  UserName: string
  UserId: string
  Arn: string
  CreateDate: string
  Tags?: { Key: string; Value: string }[]
  PermissionsBoundary?: { PermissionsBoundaryType: string; PermissionsBoundaryArn: string }
}

const get = async (UserName: string): Promise<User> => (await service.iam<{ User: User }>('GetUser', { UserName })).User

const names = async (input: object = {}): Promise<string[]> => {
  const { Users } = await service.iam<{ Users: unknown }>('ListUsers', input)
  return listOf<User>(Users).map(({ UserName }) => UserName)
}

test('a new user is described by its name and path, with tags and boundary where it has them', async () => {
  const Tags = [
    { Key: 'team', Value: 'red' },
    { Key: 'Cost', Value: '1' },
  ]
  const input = { UserName: 'Ann', Path: '/division/team/', Tags, PermissionsBoundary: ADMINISTRATOR }
  const { User } = await service.iam<{ User: User }>('CreateUser', input)
  assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/)
  assert.deepEqual(User, {
    Path: '/division/team/',
    UserName: 'Ann',
    UserId: User.UserId,
    Arn: arnOf('user/division/team/Ann'),
    CreateDate: '2026-01-01T00:00:00Z',
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: ADMINISTRATOR,
    },
    Tags: Tags.toReversed(),
  })
  assert.deepEqual(await get('ann'), User)
  const { Users } = await service.iam<{ Users: User[] }>('ListUsers', { PathPrefix: '/division/' })
  assert.deepEqual(Object.keys(Users[0] ?? {}), ['Path', 'UserName', 'UserId', 'Arn', 'CreateDate'])
})

test('names differ in more than case, in each account for itself', async () => {
  await service.iam('CreateUser', { UserName: 'Case' })
  assert.equal(
    await service.iamFault('CreateUser', { UserName: 'cASE', Path: '/elsewhere/' }),
    'EntityAlreadyExists: User with name cASE already exists.',
  )
  await service.iam('CreateGroup', { GroupName: 'Case' })
  await service.iam('CreateUser', { UserName: 'case' }, rootOf(OTHER_ACCOUNT))
  const { User } = await service.iam<{ User: User }>('GetUser', { UserName: 'CASE' }, rootOf(OTHER_ACCOUNT))
  assert.equal(User.Arn, `arn:aws:iam::${OTHER_ACCOUNT}:user/case`)
})

test('what is not a name, a path, a tag or an ARN is refused', async () => {
  const faults: [object, RegExp][] = [
    [{ UserName: 'a b' }, /^ValidationError: 1 validation error detected: Value 'a b' at 'userName'/],
    [{ UserName: 'x'.repeat(65) }, /^ValidationError: .*length less than or equal to 64/],
    [{ Path: 'division' }, /^ValidationError: .*'path'/],
    [
      {
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'A', Value: '' },
        ],
      },
      /^InvalidInput: Duplicate tag keys found/,
    ],
    [{ Tags: [{ Key: 'aws:x', Value: '' }] }, /^InvalidInput: .*reserved/],
    [{ PermissionsBoundary: 'no arn, but it is long' }, /^InvalidInput: ARN no arn, but it is long is not valid\./],
    [
      { PermissionsBoundary: arnOf('policy/none') },
      /^NoSuchEntity: Scope ARN: arn:aws:iam::111122223333:policy\/none does not exist or is not attachable\./,
    ],
  ]
  for (const [input, expected] of faults) {
    assert.match(await service.iamFault('CreateUser', { UserName: 'wrong', ...input }), expected)
  }
  assert.equal(
    await service.iamFault('GetUser', { UserName: 'wrong' }),
    'NoSuchEntity: The user with name wrong cannot be found.',
  )
})

test('without a name, a user and a root get their own description, and a role must name a user', async () => {
  const caller = await service.user('self')
  await service.iam('PutUserPolicy', {
    UserName: 'self',
    PolicyName: 'me',
    PolicyDocument: document(allow('iam:GetUser', arnOf('user/${aws:username}'))),
  })
  const { User } = await service.iam<{ User: User }>('GetUser', {}, caller)
  assert.equal(User.UserName, 'self')
  const root = await service.iam<{ User: User & { UserId: string } }>('GetUser', {})
  assert.equal(root.User.Arn, arnOf('root'))
  assert.equal(root.User.UserId, ACCOUNT)
  assert.deepEqual(
    listOf((await service.iam<{ AccessKeyMetadata: unknown }>('ListAccessKeys', {})).AccessKeyMetadata),
    [],
  )
  const AccessKeyId = 'AKIANOBODYSKEY77777A'
  assert.match(await service.iamFault('DeleteAccessKey', { AccessKeyId }), /^NoSuchEntity/)
  assert.match(await service.iamFault('UpdateAccessKey', { AccessKeyId, Status: 'Active' }), /^NoSuchEntity/)
  const role = await addRole(service, 'nameless', { inline: { me: allow('iam:*') } })
  assert.equal(
    await service.iamFault('GetUser', {}, role),
    'ValidationError: Must specify userName when calling with non-User credentials',
  )
})

test('another name or path moves a user whole: the old name is free, the id and the policies stay', async () => {
  const caller = await service.user('before', '/old/')
  await service.iam('PutUserPolicy', { UserName: 'before', PolicyName: 'p', PolicyDocument: document(allow('iam:*')) })
  const { UserId } = await get('before')
  await service.iam('UpdateUser', { UserName: 'before', NewUserName: 'After' })
  assert.equal((await get('after')).Arn, arnOf('user/old/After'))
  await service.iam('UpdateUser', { UserName: 'after', NewPath: '/new/', NewUserName: 'AFTER' })
  assert.deepEqual([(await get('after')).Arn, (await get('after')).UserId], [arnOf('user/new/AFTER'), UserId])
  assert.match(await service.iamFault('GetUser', { UserName: 'before' }), /^NoSuchEntity/)
  assert.deepEqual(await names({ PathPrefix: '/old/' }), [])
  assert.deepEqual(await names({ PathPrefix: '/new/' }), ['AFTER'])
  await service.iam('ListUsers', {}, caller)
  await service.iam('CreateUser', { UserName: 'before' })
  assert.equal(
    await service.iamFault('UpdateUser', { UserName: 'before', NewUserName: 'after' }),
    'EntityAlreadyExists: User with name after already exists.',
  )
  assert.match(
    await service.iamFault('UpdateUser', { UserName: 'absent', NewPath: '/x/' }),
    /^NoSuchEntity: The user with/,
  )
})

test('users are listed a page at a time in the order of their names, and markers lead nowhere else', async () => {
  for (const name of ['delta', 'Bravo', 'charlie', 'alpha']) {
    await service.iam('CreateUser', { UserName: name, Path: '/pages/' })
  }
  const PathPrefix = '/pages/'
  type Page = { Users: unknown; IsTruncated: string; Marker?: string }
  const first = await service.iam<Page>('ListUsers', { PathPrefix, MaxItems: 3 })
  assert.deepEqual(
    [listOf<User>(first.Users).map(({ UserName }) => UserName), first.IsTruncated],
    [['alpha', 'Bravo', 'charlie'], 'true'],
  )
  const { Marker = '' } = first
  assert(Marker.length <= 320, `a marker of ${Marker.length} characters is more than IAM takes back`)
  const second = await service.iam<Page>('ListUsers', { PathPrefix, MaxItems: 3, Marker })
  assert.deepEqual(
    [listOf<User>(second.Users).map(({ UserName }) => UserName), second.IsTruncated, second.Marker],
    [['delta'], 'false', undefined],
  )
  for (const input of [{ Marker }, { PathPrefix, Marker: 'forged' }, { PathPrefix, Marker: `${Marker}A` }]) {
    assert.equal(await service.iamFault('ListUsers', input), 'ValidationError: Invalid Marker.')
  }
  assert.equal(await service.iamFault('ListGroups', { PathPrefix, Marker }), 'ValidationError: Invalid Marker.')
  assert.equal(
    await service.iamFault('ListUsers', { PathPrefix, Marker }, rootOf(OTHER_ACCOUNT)),
    'ValidationError: Invalid Marker.',
  )
})

test('the longest names fit into markers that come back', async () => {
  const UserName = (last: string): string => `${'m'.repeat(63)}${last}`
  for (const last of ['1', '2']) await service.iam('CreateUser', { UserName: UserName(last), Path: '/long/' })
  const PathPrefix = '/long/'
  const { Marker } = await service.iam('ListUsers', { PathPrefix, MaxItems: 1 })
  assert.deepEqual(await names({ PathPrefix, Marker }), [UserName('2')])
})

test('a user can be deleted once nothing belongs to it, and its boundary is removed with it', async () => {
  const UserName = 'leaver'
  const boundary = await addPolicy(service, 'leavers-boundary')
  await service.iam('CreateUser', { UserName, PermissionsBoundary: boundary })
  await service.iam('CreateGroup', { GroupName: 'leavers' })
  const { AccessKey } = await service.iam<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', { UserName })
  const policy = { UserName, PolicyName: 'p' }
  const steps: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
    [
      'must detach all policies first',
      () => service.iam('AttachUserPolicy', { UserName, PolicyArn: ADMINISTRATOR }),
      () => service.iam('DetachUserPolicy', { UserName, PolicyArn: ADMINISTRATOR }),
    ],
    [
      'must delete policies first',
      () => service.iam('PutUserPolicy', { ...policy, PolicyDocument: document(allow('*')) }),
      () => service.iam('DeleteUserPolicy', policy),
    ],
    [
      'must remove users from group first',
      () => service.iam('AddUserToGroup', { UserName, GroupName: 'leavers' }),
      () => service.iam('RemoveUserFromGroup', { UserName, GroupName: 'leavers' }),
    ],
  ]
  for (const [sentence, bind, free] of steps) {
    await bind()
    assert.equal(
      await service.iamFault('DeleteUser', { UserName }),
      `DeleteConflict: Cannot delete entity, ${sentence}.`,
    )
    await free()
  }
  assert.equal(
    await service.iamFault('DeleteUser', { UserName }),
    'DeleteConflict: Cannot delete entity, must delete access keys first.',
  )
  await service.iam('DeleteAccessKey', { UserName, AccessKeyId: AccessKey.AccessKeyId })
  assert.match(await service.iamFault('DeletePolicy', { PolicyArn: boundary }), /^DeleteConflict/)
  await service.iam('DeleteUser', { UserName })
  await service.iam('DeletePolicy', { PolicyArn: boundary })
  assert.match(await service.iamFault('DeleteUser', { UserName }), /^NoSuchEntity: The user with name leaver/)
})

test('a new user with the name of a deleted user is another user', async () => {
  const caller = await service.user('heir')
  await service.iam('DeleteUser', { UserName: 'heir' })
  const successor = await service.user('heir')
  assert.notEqual(successor.identityId, caller.identityId)
  await service.iam('AttachUserPolicy', { UserName: 'heir', PolicyArn: ADMINISTRATOR })
  await service.iam('ListUsers', {}, successor)
  assert.match(await service.iamFault('ListUsers', {}, caller), /^InvalidClientTokenId/)
  assert.equal(successor.principal.accountId, ACCOUNT)
})
