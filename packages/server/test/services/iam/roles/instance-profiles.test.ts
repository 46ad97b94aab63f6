import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { trust } from '../../../support/sessions.ts'
import { allow, arnOf, document, listOf } from '../support.ts'

interface Profile {
  Arn: string
  InstanceProfileId: string
  InstanceProfileName: string
  Roles: unknown
  Tags?: object[]
}

const TRUST = trust({ Service: 'ec2.amazonaws.com' })
const NAMED = { InstanceProfileName: 'web' }
const WITH_ROLE = { ...NAMED, RoleName: 'web' }

async function getProfile(service: TestService, InstanceProfileName = 'web'): Promise<Profile> {
  const answer = await service.iam<{ InstanceProfile: Profile }>('GetInstanceProfile', { InstanceProfileName })
  return answer.InstanceProfile
}

async function createBoth(service: TestService): Promise<string> {
  await service.iam('CreateInstanceProfile', NAMED)
  const made = await service.iam<{ Role: { RoleId: string } }>('CreateRole', {
    RoleName: 'web',
    AssumeRolePolicyDocument: TRUST,
    Description: 'Serves',
  })
  return made.Role.RoleId
}

test('an instance profile has an id and an ARN with its path, tags, and no role yet', async () => {
  await using service = await TestService.open('on')
  const Tags = [{ Key: 'team', Value: 'red' }]
  const input = { InstanceProfileName: 'Web', Path: '/ops/', Tags }
  const { InstanceProfile } = await service.iam<{ InstanceProfile: Profile }>('CreateInstanceProfile', input)
  assert.match(InstanceProfile.InstanceProfileId, /^AIPA[A-Z2-7]{17}$/)
  assert.equal(InstanceProfile.Arn, arnOf('instance-profile/ops/Web'))
  assert.equal(InstanceProfile.Roles, '')
  assert.deepEqual(InstanceProfile.Tags, Tags)
  assert.deepEqual(await getProfile(service, 'web'), InstanceProfile)
  assert.equal(
    await service.iamFault('CreateInstanceProfile', { InstanceProfileName: 'WEB' }),
    'EntityAlreadyExists: Instance Profile WEB already exists.',
  )
  assert.equal(
    await service.iamFault('GetInstanceProfile', { InstanceProfileName: 'no' }),
    'NoSuchEntity: Instance Profile no cannot be found.',
  )
})

test('a profile has one role at most, which it shows as lists of profiles do', async () => {
  await using service = await TestService.open('on')
  await createBoth(service)
  await service.iam('CreateRole', { RoleName: 'other', AssumeRolePolicyDocument: TRUST })
  await service.iam('AddRoleToInstanceProfile', WITH_ROLE)
  const [role] = listOf((await getProfile(service)).Roles)
  assert.equal(role?.['RoleName'], 'web')
  assert.equal(decodeURIComponent(role?.['AssumeRolePolicyDocument'] ?? ''), TRUST)
  assert.deepEqual([role?.['Description'], role?.['MaxSessionDuration']], [undefined, undefined])
  for (const RoleName of ['other', 'web']) {
    assert.equal(
      await service.iamFault('AddRoleToInstanceProfile', { ...NAMED, RoleName }),
      'LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    )
  }
  assert.match(
    await service.iamFault('AddRoleToInstanceProfile', { ...NAMED, RoleName: 'no' }),
    /^NoSuchEntity: The role/,
  )
  assert.match(
    await service.iamFault('RemoveRoleFromInstanceProfile', { ...NAMED, RoleName: 'other' }),
    /^NoSuchEntity: The role with name other/,
  )
})

test('neither a role in a profile nor a profile with a role is deleted', async () => {
  await using service = await TestService.open('on')
  await createBoth(service)
  await service.iam('AddRoleToInstanceProfile', WITH_ROLE)
  const conflict = 'DeleteConflict: Cannot delete entity, must remove roles from instance profile first.'
  assert.equal(await service.iamFault('DeleteRole', { RoleName: 'web' }), conflict)
  assert.equal(await service.iamFault('DeleteInstanceProfile', NAMED), conflict)
  await service.iam('RemoveRoleFromInstanceProfile', WITH_ROLE)
  await service.iam('DeleteRole', { RoleName: 'web' })
  assert.equal((await getProfile(service)).Roles, '')
  await service.iam('DeleteInstanceProfile', NAMED)
  assert.match(await service.iamFault('DeleteInstanceProfile', NAMED), /^NoSuchEntity/)
  const { InstanceProfileId } = await service
    .iam<{ InstanceProfile: Profile }>('CreateInstanceProfile', NAMED)
    .then(({ InstanceProfile }) => InstanceProfile)
  assert.match(InstanceProfileId, /^AIPA/)
})

test('a role that gets the name of one whose row was removed is not in its profile', async () => {
  await using service = await TestService.open('on')
  const id = await createBoth(service)
  await service.iam('AddRoleToInstanceProfile', WITH_ROLE)
  const gone = [
    { table: 'principal', id },
    { table: 'entity_name', id: `${ACCOUNT}/role/web` },
  ] as const
  await service.services.store.commit({ id: 'gone', expect: [], put: [], delete: gone, audit: [] })
  await service.services.directory.catchUp()
  await service.iam('CreateRole', { RoleName: 'web', AssumeRolePolicyDocument: TRUST })
  assert.equal((await getProfile(service)).Roles, '')
  const ofRole = await service.iam<{ InstanceProfiles: unknown }>('ListInstanceProfilesForRole', { RoleName: 'web' })
  assert.equal(ofRole.InstanceProfiles, '')
  assert.match(await service.iamFault('RemoveRoleFromInstanceProfile', WITH_ROLE), /^NoSuchEntity/)
  await service.iam('AddRoleToInstanceProfile', WITH_ROLE)
  assert.equal(listOf((await getProfile(service)).Roles).length, 1)
  await service.iam('RemoveRoleFromInstanceProfile', WITH_ROLE)
  await service.iam('DeleteRole', { RoleName: 'web' })
  await service.iam('DeleteInstanceProfile', NAMED)
})

test('profiles are listed below a path and of a role, a page at a time', async () => {
  await using service = await TestService.open('on')
  await service.iam('CreateRole', { RoleName: 'web', AssumeRolePolicyDocument: TRUST })
  for (const InstanceProfileName of ['c', 'a', 'B']) {
    const Path = InstanceProfileName === 'B' ? '/x/' : '/y/'
    await service.iam('CreateInstanceProfile', { InstanceProfileName, Path, Tags: [{ Key: 'k', Value: '' }] })
    await service.iam('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'web' })
  }
  type Answer = { InstanceProfiles: Profile[]; Marker: string }
  const names = ({ InstanceProfiles }: Answer): string[] =>
    listOf<Profile>(InstanceProfiles).map(({ InstanceProfileName }) => InstanceProfileName)
  const first = await service.iam<Answer>('ListInstanceProfiles', { MaxItems: 2 })
  assert.deepEqual(names(first), ['a', 'B'])
  assert.equal(first.InstanceProfiles[0]?.Tags, undefined)
  assert.deepEqual(names(await service.iam('ListInstanceProfiles', { MaxItems: 2, Marker: first.Marker })), ['c'])
  assert.deepEqual(names(await service.iam('ListInstanceProfiles', { PathPrefix: '/y/' })), ['a', 'c'])
  const forRole = { RoleName: 'web' }
  assert.deepEqual(names(await service.iam('ListInstanceProfilesForRole', forRole)), ['a', 'B', 'c'])
  const two = await service.iam<Answer>('ListInstanceProfilesForRole', { ...forRole, MaxItems: 2 })
  const rest = await service.iam<Answer>('ListInstanceProfilesForRole', { ...forRole, Marker: two.Marker })
  assert.deepEqual([...names(two), ...names(rest)].toSorted(), ['B', 'a', 'c'])
})

test('to add a role needs the right to pass that role to EC2, beside the action on the profile', async () => {
  await using service = await TestService.open('on')
  await createBoth(service)
  const ann = await service.user('ann')
  const put = (...statements: object[]): Promise<unknown> =>
    service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: document(...statements) })
  const add = allow('iam:AddRoleToInstanceProfile', arnOf('instance-profile/web'))
  await put(add)
  assert.match(
    await service.iamFault('AddRoleToInstanceProfile', WITH_ROLE, ann),
    /^AccessDenied: .* perform: iam:PassRole on resource: /,
  )
  const toService = (name: string): object =>
    allow('iam:PassRole', arnOf('role/web'), { StringEquals: { 'iam:PassedToService': name } })
  await put(add, toService('lambda.amazonaws.com'))
  assert.match(await service.iamFault('AddRoleToInstanceProfile', WITH_ROLE, ann), /^AccessDenied: .*iam:PassRole/)
  await put(toService('ec2.amazonaws.com'))
  assert.match(
    await service.iamFault('AddRoleToInstanceProfile', WITH_ROLE, ann),
    /^AccessDenied: .*iam:AddRoleToInstanceProfile/,
  )
  await put(add, toService('ec2.amazonaws.com'))
  await service.iam('AddRoleToInstanceProfile', WITH_ROLE, ann)
})

test('tags at the making of a profile need a permission of their own, and policies can ask for those it has', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const put = (...statements: object[]): Promise<unknown> =>
    service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: document(...statements) })
  const tagged = { ...NAMED, Tags: [{ Key: 'team', Value: 'red' }] }
  await put(allow('iam:CreateInstanceProfile'))
  assert.match(await service.iamFault('CreateInstanceProfile', tagged, ann), /^AccessDenied: .*iam:TagInstanceProfile/)
  await service.iam('CreateInstanceProfile', tagged)
  await put(allow('iam:*', '*', { StringEquals: { 'aws:ResourceTag/team': 'blue' } }))
  assert.match(await service.iamFault('DeleteInstanceProfile', NAMED, ann), /^AccessDenied/)
  await put(allow('iam:*', '*', { StringEquals: { 'aws:ResourceTag/team': 'red' } }))
  await service.iam('DeleteInstanceProfile', NAMED, ann)
})

test('another account has profiles of the same names, and no role of this one in them', async () => {
  await using service = await TestService.open('on')
  const stranger = rootOf('444455556666')
  await createBoth(service)
  assert.match(await service.iamFault('GetInstanceProfile', NAMED, stranger), /^NoSuchEntity/)
  await service.iam('CreateInstanceProfile', NAMED, stranger)
  assert.match(await service.iamFault('AddRoleToInstanceProfile', WITH_ROLE, stranger), /^NoSuchEntity: The role/)
})
