import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import fc from 'fast-check'
import { TestService } from '../../support/service.ts'
import { addPolicy, allow, arnOf, document, listOf } from './support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
})
after(() => service[Symbol.asyncDispose]())

type Request = [IamOperationName, object]

/** The HTTP statuses of requests that are sent at once. */
const atOnce = async (...requests: Request[]): Promise<number[]> =>
  (await Promise.all(requests.map(([operation, input]) => service.query('iam', operation, input)))).map(
    ({ status }) => status,
  )

const succeeded = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length

const times = (count: number, request: (index: number) => Request): Request[] =>
  Array.from({ length: count }, (_, index) => request(index))

test('of several who take a name at once, in whatever case, one gets it', async () => {
  const create = await atOnce(...times(4, (index) => ['CreateUser', { UserName: index % 2 ? 'Race' : 'rACE' }]))
  assert.equal(succeeded(create), 1)
  for (const UserName of ['from-1', 'from-2', 'from-3']) await service.iam('CreateUser', { UserName })
  const rename = await atOnce(
    ...times(3, (index) => ['UpdateUser', { UserName: `from-${index + 1}`, NewUserName: 'to' }]),
  )
  assert.equal(succeeded(rename), 1)
  assert.deepEqual(
    rename.filter((status) => status !== 200),
    [409, 409],
  )
})

test('two attaches and a concurrent delete leave a policy with the right count, or no policy and no attachment', async () => {
  for (const UserName of ['first', 'second']) await service.iam('CreateUser', { UserName })
  for (let round = 0; round < 12; round++) {
    const PolicyArn = await addPolicy(service, `contested-${round}`)
    const attaches = ['first', 'second'].map((UserName): Request => ['AttachUserPolicy', { UserName, PolicyArn }])
    const deletion: Request = ['DeletePolicy', { PolicyArn }]
    const statuses = await atOnce(...attaches.toSpliced(round % 3, 0, deletion))
    const [deleted] = statuses.splice(round % 3, 1)
    assert.equal(succeeded(statuses), deleted === 200 ? 0 : 2, `${deleted} beside ${statuses.join(' ')}`)
    if (deleted === 200) continue
    const { Policy } = await service.iam<{ Policy: Record<string, string> }>('GetPolicy', { PolicyArn })
    assert.equal(Policy['AttachmentCount'], '2')
    for (const UserName of ['first', 'second']) await service.iam('DetachUserPolicy', { UserName, PolicyArn })
  }
})

test('two keys a user at most, however many are asked for at once', async () => {
  await service.iam('CreateUser', { UserName: 'keys' })
  assert.equal(succeeded(await atOnce(...times(6, () => ['CreateAccessKey', { UserName: 'keys' }]))), 2)
})

test('five versions at most, none with the number of another', async () => {
  const PolicyArn = await addPolicy(service, 'versions')
  const PolicyDocument = document(allow('kms:*'))
  const statuses = await atOnce(...times(7, () => ['CreatePolicyVersion', { PolicyArn, PolicyDocument }]))
  assert.equal(succeeded(statuses), 4)
  const { Versions } = await service.iam<{ Versions: unknown }>('ListPolicyVersions', { PolicyArn })
  assert.deepEqual(
    listOf(Versions).map(({ VersionId }) => VersionId),
    ['v5', 'v4', 'v3', 'v2', 'v1'],
  )
})

test('ten policies and ten groups at most, however many come at once', async () => {
  await service.iam('CreateUser', { UserName: 'limits' })
  for (let index = 0; index < 13; index++) {
    await addPolicy(service, `limit-${index}`)
    await service.iam('CreateGroup', { GroupName: `limit-${index}` })
  }
  for (let index = 0; index < 8; index++) {
    await service.iam('AttachUserPolicy', { UserName: 'limits', PolicyArn: arnOf(`policy/limit-${index}`) })
    await service.iam('AddUserToGroup', { UserName: 'limits', GroupName: `limit-${index}` })
  }
  const last = (index: number): number => 8 + index
  const attached = await atOnce(
    ...times(5, (index) => [
      'AttachUserPolicy',
      { UserName: 'limits', PolicyArn: arnOf(`policy/limit-${last(index)}`) },
    ]),
  )
  const joined = await atOnce(
    ...times(5, (index) => ['AddUserToGroup', { UserName: 'limits', GroupName: `limit-${last(index)}` }]),
  )
  assert.deepEqual([succeeded(attached), succeeded(joined)], [2, 2])
})

test('a user who is deleted while something is added to it is either gone entirely or there with the addition', async () => {
  await service.iam('CreateGroup', { GroupName: 'g' })
  const PolicyArn = await addPolicy(service, 'given')
  const gifts: Request[] = [
    ['CreateAccessKey', { UserName: 'fleeting' }],
    ['AddUserToGroup', { UserName: 'fleeting', GroupName: 'g' }],
    ['AttachUserPolicy', { UserName: 'fleeting', PolicyArn }],
    ['PutUserPolicy', { UserName: 'fleeting', PolicyName: 'p', PolicyDocument: document(allow('*')) }],
  ]
  for (const [operation, input] of gifts) {
    for (const order of ['gift first', 'deletion first']) {
      const { identityId = '' } = await service.user('fleeting')
      const requests: Request[] = [
        [operation, input],
        ['DeleteUser', { UserName: 'fleeting' }],
      ]
      const statuses = await atOnce(...(order === 'gift first' ? requests : requests.toReversed()))
      assert.equal(succeeded(statuses), 1, `${operation}, ${order}: ${statuses.join(' ')}`)
      await clear('fleeting', PolicyArn)
      assert.deepEqual(await service.services.store.listByOwner('access_key', identityId, { limit: 1 }), [])
    }
  }
  await service.iam('DeleteGroup', { GroupName: 'g' })
  await service.iam('DeletePolicy', { PolicyArn })
})

/** Removes everything from a user and deletes it, if it exists. */
async function clear(UserName: string, PolicyArn: string): Promise<void> {
  const { body } = await service.query('iam', 'ListAccessKeys', { UserName })
  for (const { AccessKeyId } of listOf(body['AccessKeyMetadata']))
    await service.iam('DeleteAccessKey', { UserName, AccessKeyId })
  await service.query('iam', 'RemoveUserFromGroup', { UserName, GroupName: 'g' })
  await service.query('iam', 'DetachUserPolicy', { UserName, PolicyArn })
  await service.query('iam', 'DeleteUserPolicy', { UserName, PolicyName: 'p' })
  await service.query('iam', 'DeleteUser', { UserName })
}

test('whatever is asked at once, counts are right and every user has permissions that can be gathered', async () => {
  await using service = await TestService.open('on')
  const [users, groups, policies] = [
    ['u0', 'u1'],
    ['g0', 'g1'],
    ['p0', 'p1'],
  ] as const
  const UserName = fc.constantFrom(...users)
  const GroupName = fc.constantFrom(...groups)
  const PolicyArn = fc.constantFrom(...policies).map((name) => arnOf(`policy/${name}`))
  const request = (operation: IamOperationName, input: Record<string, fc.Arbitrary<string>>): fc.Arbitrary<Request> =>
    fc.record(input).map((members) => [operation, members])
  const anything = fc.oneof(
    request('CreateUser', { UserName }),
    request('DeleteUser', { UserName }),
    request('CreateGroup', { GroupName }),
    request('DeleteGroup', { GroupName }),
    request('CreatePolicy', {
      PolicyName: fc.constantFrom(...policies),
      PolicyDocument: fc.constant(document(allow('*'))),
    }),
    request('DeletePolicy', { PolicyArn }),
    request('AddUserToGroup', { UserName, GroupName }),
    request('RemoveUserFromGroup', { UserName, GroupName }),
    request('AttachUserPolicy', { UserName, PolicyArn }),
    request('DetachUserPolicy', { UserName, PolicyArn }),
    request('AttachGroupPolicy', { GroupName, PolicyArn }),
    request('DetachGroupPolicy', { GroupName, PolicyArn }),
    request('PutUserPermissionsBoundary', { UserName, PermissionsBoundary: PolicyArn }),
    request('DeleteUserPermissionsBoundary', { UserName }),
    request('UpdateUser', { UserName, NewUserName: UserName }),
    request('UpdateGroup', { GroupName, NewGroupName: GroupName }),
  )
  const property = fc.asyncProperty(fc.array(anything, { minLength: 4, maxLength: 8 }), async (requests) => {
    const replies = await Promise.all(requests.map(([operation, input]) => service.query('iam', operation, input)))
    assert(
      replies.every(({ status }) => status !== 500),
      JSON.stringify(replies),
    )
    await holdsTogether(service)
  })
  await fc.assert(property, { numRuns: 60 })
})

/** Every count and every way back agrees with the lists that decide. */
async function holdsTogether(service: TestService): Promise<void> {
  const { directory } = service.services
  const list = async (
    operation: IamOperationName,
    member: string,
    input: object = {},
  ): Promise<Record<string, string>[]> => listOf((await service.iam<Record<string, unknown>>(operation, input))[member])
  const used: string[] = []
  const joined: string[] = []
  for (const { UserId = '', UserName = '' } of await list('ListUsers', 'Users')) {
    const permissions = await directory.permissions(UserId)
    assert(permissions, `${UserName} has no permissions`)
    const { attached, boundary } = permissions.record
    used.push(...attached.map(({ arn }) => `policy ${arn}`), ...(boundary ? [`boundary ${boundary.arn}`] : []))
    for (const { GroupName } of await list('ListGroupsForUser', 'Groups', { UserName }))
      joined.push(`${GroupName} ${UserName}`)
  }
  for (const { GroupName = '' } of await list('ListGroups', 'Groups')) {
    const members = await list('GetGroup', 'Users', { GroupName })
    const attached = await list('ListAttachedGroupPolicies', 'AttachedPolicies', { GroupName })
    used.push(...attached.map(({ PolicyArn }) => `policy ${PolicyArn}`))
    assert.deepEqual(
      members.map(({ UserName }) => `${GroupName} ${UserName}`),
      joined.filter((pair) => pair.startsWith(`${GroupName} `)).toSorted(),
    )
  }
  for (const policy of await list('ListPolicies', 'Policies', { Scope: 'Local' })) {
    const count = (how: string): string => String(used.filter((use) => use === `${how} ${policy['Arn']}`).length)
    assert.deepEqual(
      [policy['AttachmentCount'], policy['PermissionsBoundaryUsageCount']],
      [count('policy'), count('boundary')],
    )
  }
}

test('a role that comes into an instance profile while it is deleted is there, or in none', async () => {
  const InstanceProfileName = 'contested'
  await service.iam('CreateInstanceProfile', { InstanceProfileName })
  const AssumeRolePolicyDocument = document({
    Effect: 'Allow',
    Principal: { Service: 'ec2.amazonaws.com' },
    Action: 'sts:AssumeRole',
  })
  for (let round = 0; round < 6; round++) {
    const RoleName = `contested-${round}`
    await service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
    const add: Request = ['AddRoleToInstanceProfile', { InstanceProfileName, RoleName }]
    const deletion: Request = ['DeleteRole', { RoleName }]
    const statuses = await atOnce(...(round % 2 ? [add, deletion] : [deletion, add]))
    assert.equal(succeeded(statuses), 1, statuses.join(' '))
    const { InstanceProfile } = await service.iam<{ InstanceProfile: { Roles: unknown } }>('GetInstanceProfile', {
      InstanceProfileName,
    })
    if (listOf(InstanceProfile.Roles).length === 0) continue
    await service.iam('RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName })
  }
})
