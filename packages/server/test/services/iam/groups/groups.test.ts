import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { writeRows } from '../../../support/raw-rows.ts'
import { TestService } from '../../../support/service.ts'
import { allow, arnOf, document, listOf, READ_ONLY } from '../support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
})
after(() => service[Symbol.asyncDispose]())

interface Group {
  Path: string
  GroupName: string
  GroupId: string
  Arn: string
  CreateDate: string
}

const groupsOf = async (UserName: string): Promise<string[]> => {
  const { Groups } = await service.iam<{ Groups: unknown }>('ListGroupsForUser', { UserName })
  return listOf<Group>(Groups).map(({ GroupName }) => GroupName)
}

const members = async (input: object): Promise<{ names: string[]; Marker?: string }> => {
  const { Users, Marker } = await service.iam<{ Users: unknown; Marker?: string }>('GetGroup', input)
  return { names: listOf(Users).map(({ UserName = '' }) => UserName), ...(Marker !== undefined && { Marker }) }
}

test('a group is made, described, listed below its path, moved and deleted', async () => {
  const { Group } = await service.iam<{ Group: Group }>('CreateGroup', { GroupName: 'Admins', Path: '/a/' })
  assert.match(Group.GroupId, /^AGPA[A-Z2-7]{17}$/)
  const arn = arnOf('group/a/Admins')
  const created = {
    Path: '/a/',
    GroupName: 'Admins',
    GroupId: Group.GroupId,
    Arn: arn,
    CreateDate: '2026-01-01T00:00:00Z',
  }
  assert.deepEqual(Group, created)
  assert.deepEqual((await service.iam<{ Group: Group }>('GetGroup', { GroupName: 'admins' })).Group, created)
  assert.equal(
    await service.iamFault('CreateGroup', { GroupName: 'ADMINS' }),
    'EntityAlreadyExists: Group with name ADMINS already exists.',
  )
  await service.iam('UpdateGroup', { GroupName: 'admins', NewGroupName: 'Operators', NewPath: '/o/' })
  const { Groups } = await service.iam<{ Groups: Group[] }>('ListGroups', { PathPrefix: '/o/' })
  assert.deepEqual(Groups, [{ ...created, Path: '/o/', GroupName: 'Operators', Arn: arnOf('group/o/Operators') }])
  assert.equal((await service.iam<{ Groups: unknown }>('ListGroups', { PathPrefix: '/a/' })).Groups, '')
  await service.iam('DeleteGroup', { GroupName: 'operators' })
  for (const operation of ['GetGroup', 'DeleteGroup', 'UpdateGroup'] as const) {
    assert.equal(
      await service.iamFault(operation, { GroupName: 'operators' }),
      'NoSuchEntity: The group with name operators cannot be found.',
    )
  }
})

test('users join and leave groups, twice without harm, and are listed from both sides', async () => {
  for (const GroupName of ['zulu', 'Alpha']) await service.iam('CreateGroup', { GroupName })
  for (const UserName of ['two', 'One', 'three']) {
    await service.iam('CreateUser', { UserName })
    await service.iam('AddUserToGroup', { GroupName: 'zulu', UserName })
  }
  await service.iam('AddUserToGroup', { GroupName: 'alpha', UserName: 'two' })
  await service.iam('AddUserToGroup', { GroupName: 'alpha', UserName: 'TWO' })
  assert.deepEqual(await groupsOf('two'), ['Alpha', 'zulu'])
  assert.deepEqual(await members({ GroupName: 'alpha' }), { names: ['two'] })

  const first = await members({ GroupName: 'zulu', MaxItems: 2 })
  // Pages are in the order of the users' ids, and each by names.
  const second = await members({ GroupName: 'zulu', MaxItems: 2, Marker: first.Marker })
  assert.deepEqual([first.names.length, second], [2, { names: second.names }])
  assert.deepEqual([...first.names, ...second.names].toSorted(), ['One', 'three', 'two'])

  for (let time = 1; time <= 2; time++) await service.iam('RemoveUserFromGroup', { GroupName: 'zulu', UserName: 'two' })
  assert.deepEqual(await groupsOf('two'), ['Alpha'])
  assert.deepEqual((await members({ GroupName: 'zulu' })).names, ['One', 'three'])
})

test('a renamed member is listed under the new name', async () => {
  await service.iam('CreateGroup', { GroupName: 'renamed' })
  await service.iam('CreateUser', { UserName: 'old-name' })
  await service.iam('AddUserToGroup', { GroupName: 'renamed', UserName: 'old-name' })
  await service.iam('UpdateUser', { UserName: 'old-name', NewUserName: 'new-name' })
  await service.iam('UpdateGroup', { GroupName: 'renamed', NewGroupName: 'renamed-too' })
  assert.deepEqual(await members({ GroupName: 'renamed-too' }), { names: ['new-name'] })
  assert.deepEqual(await groupsOf('new-name'), ['renamed-too'])
})

test('an authentic row of an ended membership, restored, makes no user a member', async () => {
  const { store } = service.services
  const { Group } = await service.iam<{ Group: Group }>('CreateGroup', { GroupName: 'replayed' })
  await service.iam('CreateUser', { UserName: 'former' })
  await service.iam('AddUserToGroup', { GroupName: 'replayed', UserName: 'former' })
  const [row] = await store.listByOwner('membership', Group.GroupId, { limit: 1 })
  assert(row)
  await service.iam('RemoveUserFromGroup', { GroupName: 'replayed', UserName: 'former' })
  await writeRows(service.services, row)
  assert.deepEqual(await members({ GroupName: 'replayed' }), { names: [] })
  assert.deepEqual(await groupsOf('former'), [])
})

test('neither a user nor a group that does not exist can be joined', async () => {
  await service.iam('CreateGroup', { GroupName: 'lonely' })
  await service.iam('CreateUser', { UserName: 'single' })
  for (const operation of ['AddUserToGroup', 'RemoveUserFromGroup'] as const) {
    assert.equal(
      await service.iamFault(operation, { GroupName: 'lonely', UserName: 'absent' }),
      'NoSuchEntity: The user with name absent cannot be found.',
    )
    assert.equal(
      await service.iamFault(operation, { GroupName: 'none', UserName: 'single' }),
      'NoSuchEntity: The group with name none cannot be found.',
    )
  }
})

test('a user is in at most ten groups', async () => {
  await service.iam('CreateUser', { UserName: 'joiner' })
  for (let group = 0; group <= 10; group++) await service.iam('CreateGroup', { GroupName: `g${group}` })
  for (let group = 0; group < 10; group++)
    await service.iam('AddUserToGroup', { GroupName: `g${group}`, UserName: 'joiner' })
  assert.equal(
    await service.iamFault('AddUserToGroup', { GroupName: 'g10', UserName: 'joiner' }),
    'LimitExceeded: Cannot exceed quota for GroupsPerUser: 10',
  )
  await service.iam('RemoveUserFromGroup', { GroupName: 'g3', UserName: 'joiner' })
  await service.iam('AddUserToGroup', { GroupName: 'g10', UserName: 'joiner' })
})

test('a group is deleted once it has neither users nor policies', async () => {
  const GroupName = 'ending'
  await service.iam('CreateGroup', { GroupName })
  await service.iam('CreateUser', { UserName: 'last' })
  const policy = { GroupName, PolicyName: 'p' }
  const refused = async (sentence: string): Promise<void> =>
    assert.equal(
      await service.iamFault('DeleteGroup', { GroupName }),
      `DeleteConflict: Cannot delete entity, ${sentence}.`,
    )
  await service.iam('AddUserToGroup', { GroupName, UserName: 'last' })
  await refused('must remove users from group first')
  await service.iam('RemoveUserFromGroup', { GroupName, UserName: 'last' })
  await service.iam('AttachGroupPolicy', { GroupName, PolicyArn: READ_ONLY })
  await refused('must detach all policies first')
  await service.iam('DetachGroupPolicy', { GroupName, PolicyArn: READ_ONLY })
  await service.iam('PutGroupPolicy', { ...policy, PolicyDocument: document(allow('*')) })
  await refused('must delete policies first')
  await service.iam('DeleteGroupPolicy', policy)
  await service.iam('DeleteGroup', { GroupName })
})
