import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { ACCOUNT, callerOf, rootOf, TestService } from '../../../support/service.ts'
import { policyOf, trust } from '../../../support/sessions.ts'

interface Role {
  Arn: string
  RoleId: string
  AssumeRolePolicyDocument: string
  MaxSessionDuration: string
  Description?: string
  PermissionsBoundary?: Record<string, string>
  Tags?: object[]
}

const ROOT = trust({ AWS: ACCOUNT })

async function createRole(service: TestService, RoleName: string, input: object = {}): Promise<Role> {
  const { Role } = await service.iam<{ Role: Role }>('CreateRole', {
    RoleName,
    AssumeRolePolicyDocument: ROOT,
    ...input,
  })
  return Role
}

async function getRole(service: TestService, RoleName: string): Promise<Role> {
  return (await service.iam<{ Role: Role }>('GetRole', { RoleName })).Role
}

test('a role has an id and an ARN with its path, and its trust policy comes back as it was put, percent-encoded', async () => {
  await using service = await TestService.open('on')
  const text = `{\n "Statement": ${JSON.stringify((JSON.parse(ROOT) as { Statement: object }).Statement)} , "Version":"2012-10-17"}`
  const made = await createRole(service, 'deployer', {
    Path: '/ops/',
    AssumeRolePolicyDocument: text,
    Description: 'Ships',
  })
  assert.match(made.RoleId, /^AROA[A-Z2-7]{17}$/)
  assert.equal(made.Arn, `arn:aws:iam::${ACCOUNT}:role/ops/deployer`)
  assert.equal(made.MaxSessionDuration, '3600')
  assert.doesNotMatch(made.AssumeRolePolicyDocument, /[^\w%.~-]/)
  const read = await getRole(service, 'deployer')
  assert.equal(decodeURIComponent(read.AssumeRolePolicyDocument), text)
  assert.deepEqual(read, { ...made, RoleLastUsed: '' })
})

test('names of roles differ in more than case', async () => {
  await using service = await TestService.open('on')
  await createRole(service, 'Deployer')
  const again = { RoleName: 'deployer', AssumeRolePolicyDocument: ROOT }
  assert.match(
    await service.iamFault('CreateRole', again),
    /^EntityAlreadyExists: Role with name deployer already exists/,
  )
})

test('a trust policy that names a missing principal is refused in the words of AWS', async () => {
  await using service = await TestService.open('on')
  const create = (AssumeRolePolicyDocument: string): Promise<string> =>
    service.iamFault('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument })
  const absent = `arn:aws:iam::${ACCOUNT}:user/absent`
  assert.equal(
    await create(trust({ AWS: absent })),
    `MalformedPolicyDocument: Invalid principal in policy: "AWS":"${absent}"`,
  )
  assert.equal(
    await create(trust({ AWS: [ACCOUNT, 'x'] })),
    'MalformedPolicyDocument: Invalid principal in policy: "AWS":"x"',
  )
  assert.equal(
    await create(trust({ Service: 'not a host' })),
    'MalformedPolicyDocument: Invalid principal in policy: "SERVICE":"not a host"',
  )
})

test('a trust policy speaks of STS and names no resources', async () => {
  await using service = await TestService.open('on')
  await createRole(service, 'r')
  const put = (PolicyDocument: string): Promise<string> =>
    service.iamFault('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument })
  assert.match(
    await put(trust({ AWS: ACCOUNT }, 'kms:Decrypt')),
    /^MalformedPolicyDocument: .*\$\.Statement\[0\]\.Action/,
  )
  assert.match(await put(ROOT.replace('"Action"', '"Resource":"*","Action"')), /^MalformedPolicyDocument: .*Resource/)
  assert.match(
    await put(trust({ AWS: ACCOUNT }, 'sts:AssumeRole', { StringEquals: { 'sts:ExternalId': 'x'.repeat(2048) } })),
    /^LimitExceeded: .*2048/,
  )
  assert.equal(decodeURIComponent((await getRole(service, 'r')).AssumeRolePolicyDocument), ROOT)
})

test('a trust policy for web identities must say whose', async () => {
  await using service = await TestService.open('on')
  const provider = { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.test` }
  const document = (condition?: object): object => ({
    RoleName: 'pods',
    AssumeRolePolicyDocument: trust(provider, 'sts:AssumeRoleWithWebIdentity', condition),
  })
  assert.match(await service.iamFault('CreateRole', document()), /^MalformedPolicyDocument: .*issuer\.test:sub/)
  const wide = document({ StringLike: { 'issuer.test:sub': '*' } })
  assert.match(await service.iamFault('CreateRole', wide), /^MalformedPolicyDocument/)
  await service.iam('CreateRole', document({ StringEquals: { 'issuer.test:sub': 'a' } }))
})

test('a role’s description, duration and trust policy can be changed', async () => {
  await using service = await TestService.open('on')
  await createRole(service, 'r')
  await service.iam('UpdateRole', { RoleName: 'r', MaxSessionDuration: 7200 })
  await service.iam('UpdateRole', { RoleName: 'r', Description: 'one' })
  assert.deepEqual(
    [(await getRole(service, 'r')).MaxSessionDuration, (await getRole(service, 'r')).Description],
    ['7200', 'one'],
  )
  const { Role } = await service.iam<{ Role: Role }>('UpdateRoleDescription', { RoleName: 'r', Description: 'two' })
  assert.equal(Role.Description, 'two')
  const other = trust({ AWS: '444455556666' })
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: other })
  assert.equal(decodeURIComponent((await getRole(service, 'r')).AssumeRolePolicyDocument), other)
})

test('a role that has policies cannot be deleted, and one that has none is gone with its name', async () => {
  await using service = await TestService.open('on')
  await createRole(service, 'r')
  const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
  await service.iam('AttachRolePolicy', { RoleName: 'r', PolicyArn })
  assert.equal(
    await service.iamFault('DeleteRole', { RoleName: 'r' }),
    'DeleteConflict: Cannot delete entity, must detach all policies first.',
  )
  await service.iam('DetachRolePolicy', { RoleName: 'r', PolicyArn })
  await service.iam('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: policyOf('kms:*') })
  assert.equal(
    await service.iamFault('DeleteRole', { RoleName: 'r' }),
    'DeleteConflict: Cannot delete entity, must delete policies first.',
  )
  await service.iam('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' })
  const { RoleId } = await getRole(service, 'r')
  await service.iam('DeleteRole', { RoleName: 'r' })
  assert.match(
    await service.iamFault('GetRole', { RoleName: 'r' }),
    /^NoSuchEntity: The role with name r cannot be found\./,
  )
  assert.notEqual((await createRole(service, 'r')).RoleId, RoleId)
})

test('the boundary of a role is counted on its policy as long as the role exists', async () => {
  await using service = await TestService.open('on')
  const { Policy } = await service.iam<{ Policy: { Arn: string } }>('CreatePolicy', {
    PolicyName: 'limits',
    PolicyDocument: policyOf('kms:*'),
  })
  const uses = async (): Promise<string | undefined> =>
    (await service.iam<{ Policy: Record<string, string> }>('GetPolicy', { PolicyArn: Policy.Arn })).Policy[
      'PermissionsBoundaryUsageCount'
    ]
  const made = await createRole(service, 'r', { PermissionsBoundary: Policy.Arn })
  assert.equal(made.PermissionsBoundary?.['PermissionsBoundaryArn'], Policy.Arn)
  assert.equal(await uses(), '1')
  assert.match(await service.iamFault('DeletePolicy', { PolicyArn: Policy.Arn }), /^DeleteConflict/)
  await service.iam('DeleteRole', { RoleName: 'r' })
  assert.equal(await uses(), '0')
  const absent = { RoleName: 'x', AssumeRolePolicyDocument: ROOT, PermissionsBoundary: `${Policy.Arn}x` }
  assert.match(await service.iamFault('CreateRole', absent), /^NoSuchEntity/)
})

test('roles are listed in the order of their names, a page at a time, below a path', async () => {
  await using service = await TestService.open('on')
  for (const name of ['c', 'a', 'b']) await createRole(service, name, { Path: name === 'b' ? '/x/' : '/y/' })
  const names = async (input: object): Promise<{ names: string[]; Marker: string }> => {
    const { Roles, Marker } = await service.iam<{ Roles: { RoleName: string }[]; Marker: string }>('ListRoles', input)
    return { names: Roles.map(({ RoleName }) => RoleName), Marker }
  }
  const first = await names({ MaxItems: 2 })
  assert.deepEqual(first.names, ['a', 'b'])
  assert.deepEqual((await names({ MaxItems: 2, Marker: first.Marker })).names, ['c'])
  assert.deepEqual((await names({ PathPrefix: '/y/' })).names, ['a', 'c'])
  assert.match(await service.iamFault('ListRoles', { PathPrefix: '/y/', Marker: first.Marker }), /^ValidationError/)
})

test('a caller that may tag roles can create a role with tags', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const wanted = { RoleName: 'r', AssumeRolePolicyDocument: ROOT, Tags: [{ Key: 'team', Value: 'red' }] }
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policyOf('iam:CreateRole') })
  assert.match(
    await service.iamFault('CreateRole', wanted, ann),
    /^AccessDenied: .*iam:TagRole on resource: arn:aws:iam::\d+:role\/r /,
  )
  await service.iam('PutUserPolicy', {
    UserName: 'ann',
    PolicyName: 'p',
    PolicyDocument: policyOf(['iam:CreateRole', 'iam:TagRole']),
  })
  const { Role } = await service.iam<{ Role: Role }>('CreateRole', wanted, ann)
  assert.deepEqual(Role.Tags, [{ Key: 'team', Value: 'red' }])
  const again = {
    ...wanted,
    RoleName: 's',
    Tags: [
      { Key: 'a', Value: '' },
      { Key: 'A', Value: '' },
    ],
  }
  assert.match(await service.iamFault('CreateRole', again), /^InvalidInput: Duplicate tag keys found/)
})

test('a policy can require a boundary of those who create roles', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const limits = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
  const PolicyDocument = policyOf('iam:CreateRole', { StringEquals: { 'iam:PermissionsBoundary': limits } })
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument })
  const wanted = { RoleName: 'r', AssumeRolePolicyDocument: ROOT }
  assert.match(await service.iamFault('CreateRole', wanted, ann), /^AccessDenied/)
  await service.iam('CreateRole', { ...wanted, PermissionsBoundary: limits }, ann)
})

test('a new role has no instance profiles, an account no aliases, and the summary counts what is there', async () => {
  await using service = await TestService.open('on')
  await createRole(service, 'r')
  await service.user('ann')
  assert.deepEqual(await service.iam<object>('ListInstanceProfilesForRole', { RoleName: 'r' }), {
    InstanceProfiles: '',
    IsTruncated: 'false',
  })
  assert.deepEqual(await service.iam<object>('ListAccountAliases', {}), { AccountAliases: '', IsTruncated: 'false' })
  const { store } = service.services
  const [list, count] = [mock.method(store, 'listByOwner'), mock.method(store, 'countByOwner')]
  const { SummaryMap } = await service.iam<{ SummaryMap: Record<string, string> }>('GetAccountSummary', {})
  assert.deepEqual(
    list.mock.calls.map(({ arguments: [table, owner] }) => [table, owner]),
    [['entity_name', `${ACCOUNT}/policy`]],
    'it walks the policies alone',
  )
  assert.deepEqual(
    count.mock.calls.map(({ arguments: [table, , most] }) => [table, most <= 10_000]),
    [...Array.from({ length: 5 }, () => ['entity_name', true]), ['oidc_provider', true]],
  )
  const { Users, Roles, Groups, Providers, VersionsPerPolicyQuota } = SummaryMap
  assert.deepEqual([Users, Roles, Groups, Providers, VersionsPerPolicyQuota], ['1', '1', '0', '0', '5'])
})

test('another account has roles of the same names, and neither sees the other’s', async () => {
  await using service = await TestService.open('on')
  const stranger = rootOf('444455556666')
  await createRole(service, 'r')
  assert.match(await service.iamFault('GetRole', { RoleName: 'r' }, stranger), /^NoSuchEntity/)
  await service.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: ROOT }, stranger)
  assert.match(
    await service.iamFault('GetRole', { RoleName: 'r' }, callerOf(ACCOUNT)),
    /^(InvalidClientTokenId|AccessDenied)/,
  )
})
