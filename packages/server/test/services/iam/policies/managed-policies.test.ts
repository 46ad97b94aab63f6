import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { awsManagedPolicies } from '../../../../src/identity/accounts/aws-policies.ts'
import { OTHER_ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import {
  addPolicy,
  addRole,
  ADMINISTRATOR,
  allow,
  arnOf,
  document,
  documentOfSize,
  listOf,
  READ_ONLY,
} from '../support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
})
after(() => service[Symbol.asyncDispose]())

const TEXT = document(allow('kms:ListKeys'))

interface Policy {
  PolicyName: string
  PolicyId: string
  Arn: string
  DefaultVersionId: string
  UpdateDate: string
}

const list = async (input: object): Promise<string[]> => {
  const { Policies } = await service.iam<{ Policies: unknown }>('ListPolicies', input)
  return listOf<Policy>(Policies).map(({ PolicyName }) => PolicyName)
}

const versions = async (PolicyArn: string): Promise<[string?, string?][]> => {
  const { Versions } = await service.iam<{ Versions: unknown }>('ListPolicyVersions', { PolicyArn })
  return listOf(Versions).map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])
}

test('a new policy is described as it was asked for, and read again by its ARN', async () => {
  const Tags = [{ Key: 'team', Value: 'red' }]
  const input = { PolicyName: 'Whole', Path: '/p/', PolicyDocument: TEXT, Description: 'All of it', Tags }
  const { Policy } = await service.iam<{ Policy: Policy }>('CreatePolicy', input)
  assert.match(Policy.PolicyId, /^ANPA[A-Z2-7]{17}$/)
  assert.deepEqual(Policy, {
    PolicyName: 'Whole',
    PolicyId: Policy.PolicyId,
    Arn: arnOf('policy/p/Whole'),
    Path: '/p/',
    DefaultVersionId: 'v1',
    AttachmentCount: '0',
    PermissionsBoundaryUsageCount: '0',
    IsAttachable: 'true',
    Description: 'All of it',
    CreateDate: '2026-01-01T00:00:00Z',
    UpdateDate: '2026-01-01T00:00:00Z',
    Tags,
  })
  assert.deepEqual((await service.iam<{ Policy: Policy }>('GetPolicy', { PolicyArn: Policy.Arn })).Policy, Policy)
  for (const PolicyArn of [arnOf('policy/Whole'), arnOf('policy/q/Whole'), arnOf('user/p/Whole')]) {
    assert.equal(await service.iamFault('GetPolicy', { PolicyArn }), `NoSuchEntity: Policy ${PolicyArn} was not found.`)
  }
  assert.equal(
    await service.iamFault('CreatePolicy', { PolicyName: 'WHOLE', PolicyDocument: TEXT }),
    'EntityAlreadyExists: A policy called WHOLE already exists. Duplicate names are not allowed.',
  )
})

test('a policy of another account is not readable, whether it exists or not', async () => {
  const PolicyArn = await addPolicy(service, 'private')
  const none = PolicyArn.replace('private', 'none')
  const stranger = rootOf(OTHER_ACCOUNT)
  for (const arn of [PolicyArn, none]) {
    const fault = await service.iamFault('GetPolicy', { PolicyArn: arn }, stranger)
    assert.equal(fault, `NoSuchEntity: Policy ${arn} was not found.`)
  }
})

test('a document is an identity policy of 6,144 characters at most, white space not counted', async () => {
  const create = (PolicyDocument: string): Promise<string> =>
    service.iamFault('CreatePolicy', { PolicyName: 'size', PolicyDocument })
  assert.equal(await create(documentOfSize(6145)), 'LimitExceeded: Cannot exceed quota for PolicySize: 6144')
  assert.match(await create('{"Version":"2012-10-17"}'), /^MalformedPolicyDocument: .*\(at \$\)$/)
  await service.iam('CreatePolicy', { PolicyName: 'size', PolicyDocument: documentOfSize(6144) })
})

test('a managed policy has the version of 2012; inline policies may have that of 2008, or none', async () => {
  const PolicyArn = await addPolicy(service, 'dated')
  const fault = 'MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater.'
  const UserName = 'inline-of-2008'
  await service.iam('CreateUser', { UserName })
  for (const Version of ['2008-10-17', undefined]) {
    const PolicyDocument = JSON.stringify({ Version, Statement: [allow('kms:Encrypt')] })
    assert.equal(await service.iamFault('CreatePolicy', { PolicyName: 'old', PolicyDocument }), fault)
    assert.equal(await service.iamFault('CreatePolicyVersion', { PolicyArn, PolicyDocument }), fault)
    await service.iam('PutUserPolicy', { UserName, PolicyName: 'old', PolicyDocument })
  }
})

test('versions are numbered without ever repeating, five at most, and one of them decides', async () => {
  const PolicyArn = await addPolicy(service, 'versioned')
  const add = (input: object = {}): Promise<{ PolicyVersion: Record<string, string> }> =>
    service.iam('CreatePolicyVersion', { PolicyArn, PolicyDocument: document(allow('kms:Encrypt')), ...input })
  service.clock.advance(1000)
  const { PolicyVersion } = await add()
  assert.deepEqual(PolicyVersion, { VersionId: 'v2', IsDefaultVersion: 'false', CreateDate: '2026-01-01T00:00:01Z' })
  for (let version = 3; version <= 5; version++) await add({ SetAsDefault: version === 4 })
  assert.deepEqual(await versions(PolicyArn), [
    ['v5', 'false'],
    ['v4', 'true'],
    ['v3', 'false'],
    ['v2', 'false'],
    ['v1', 'false'],
  ])
  assert.match(
    await service.iamFault('CreatePolicyVersion', { PolicyArn, PolicyDocument: TEXT }),
    /^LimitExceeded: A managed policy can have up to 5 versions\./,
  )
  assert.equal(
    await service.iamFault('DeletePolicyVersion', { PolicyArn, VersionId: 'v4' }),
    'DeleteConflict: Cannot delete the default version of a policy.',
  )
  await service.iam('DeletePolicyVersion', { PolicyArn, VersionId: 'v5' })
  assert.equal((await add()).PolicyVersion['VersionId'], 'v6')
  await service.iam('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' })
  const read = await service.iam<{ PolicyVersion: Record<string, string> }>('GetPolicyVersion', {
    PolicyArn,
    VersionId: 'v1',
  })
  assert.deepEqual(
    [decodeURIComponent(read.PolicyVersion['Document'] ?? ''), read.PolicyVersion['IsDefaultVersion']],
    [TEXT, 'true'],
  )
  for (const operation of ['GetPolicyVersion', 'DeletePolicyVersion', 'SetDefaultPolicyVersion'] as const) {
    assert.equal(
      await service.iamFault(operation, { PolicyArn, VersionId: 'v5' }),
      `NoSuchEntity: Policy ${PolicyArn} version v5 does not exist or is not attachable.`,
    )
  }
  assert.match(
    await service.iamFault('DeletePolicy', { PolicyArn }),
    /^DeleteConflict: This policy has more than one version\./,
  )
  for (const VersionId of ['v2', 'v3', 'v4', 'v6']) await service.iam('DeletePolicyVersion', { PolicyArn, VersionId })
  await service.iam('DeletePolicy', { PolicyArn })
  assert.match(await service.iamFault('GetPolicy', { PolicyArn }), /^NoSuchEntity/)
  await addPolicy(service, 'versioned')
})

test("AWS's own policies can be read by every caller and changed by none", async () => {
  const PolicyArn = ADMINISTRATOR
  const { Policy } = await service.iam<{ Policy: Policy }>('GetPolicy', { PolicyArn }, rootOf(OTHER_ACCOUNT))
  assert.deepEqual([Policy.PolicyName, Policy.Arn, Policy.DefaultVersionId], ['AdministratorAccess', PolicyArn, 'v1'])
  const { PolicyVersion } = await service.iam<{ PolicyVersion: Record<string, string> }>('GetPolicyVersion', {
    PolicyArn,
    VersionId: 'v1',
  })
  const text = decodeURIComponent(PolicyVersion['Document'] ?? '')
  assert.deepEqual(JSON.parse(text), { Version: '2012-10-17', Statement: [allow('*')] })
  const changes: [IamOperationName, object][] = [
    ['CreatePolicyVersion', { PolicyDocument: TEXT, SetAsDefault: true }],
    ['SetDefaultPolicyVersion', { VersionId: 'v1' }],
    ['DeletePolicyVersion', { VersionId: 'v1' }],
    ['DeletePolicy', {}],
    ['TagPolicy', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['UntagPolicy', { TagKeys: ['a'] }],
  ]
  for (const [operation, input] of changes) {
    const fault = `AccessDenied: User: ${arnOf('root')} is not authorized to perform: iam:${operation} on resource: policy ${PolicyArn}`
    assert.equal(await service.iamFault(operation, { PolicyArn, ...input }), fault)
  }
})

test('policies are listed by scope, path and use, a page at a time', async () => {
  await using service = await TestService.open('on')
  const list = async (input: object): Promise<[string[], string?]> => {
    const { Policies, Marker } = await service.iam<{ Policies: unknown; Marker?: string }>('ListPolicies', input)
    return [listOf<Policy>(Policies).map(({ PolicyName }) => PolicyName), Marker]
  }
  for (const [PolicyName, Path] of [
    ['b', '/x/'],
    ['A', '/x/y/'],
    ['c', '/'],
  ]) {
    await service.iam('CreatePolicy', {
      PolicyName,
      Path,
      PolicyDocument: TEXT,
      Description: 'd',
      Tags: [{ Key: 't', Value: '' }],
    })
  }
  const listAll = async (input: object): Promise<string[]> => {
    const [found, Marker] = await list(input)
    return Marker === undefined ? found : [...found, ...(await listAll({ ...input, Marker }))]
  }
  const all = await listAll({ MaxItems: 1000 })
  assert.deepEqual(all.slice(-3), ['A', 'b', 'c'])
  const ofAws = all.slice(0, -3)
  const published = awsManagedPolicies().map(({ name }) => name)
  assert.deepEqual(new Set(ofAws), new Set(published))
  assert.equal(ofAws.length, published.length)
  assert.deepEqual((await list({ Scope: 'AWS' }))[0], ofAws.slice(0, 100))
  assert.deepEqual(await list({ Scope: 'Local' }), [['A', 'b', 'c'], undefined])
  assert.deepEqual((await list({ PathPrefix: '/x/' }))[0], ['A', 'b'])
  const jobs = { PathPrefix: '/job-function/', MaxItems: 2 }
  assert.deepEqual(
    await listAll(jobs),
    ofAws.filter((name) => awsManagedPolicies().some((one) => one.name === name && one.path === jobs.PathPrefix)),
  )

  await service.iam('CreateUser', { UserName: 'u', PermissionsBoundary: arnOf('policy/c') })
  await service.iam('AttachUserPolicy', { UserName: 'u', PolicyArn: arnOf('policy/x/b') })
  await service.iam('AttachUserPolicy', { UserName: 'u', PolicyArn: READ_ONLY })
  assert.deepEqual(await list({ OnlyAttached: true }), [['IAMReadOnlyAccess', 'b', 'c'], undefined])
  assert.deepEqual((await list({ PolicyUsageFilter: 'PermissionsPolicy' }))[0], ['IAMReadOnlyAccess', 'b'])
  assert.deepEqual((await list({ PolicyUsageFilter: 'PermissionsBoundary' }))[0], ['c'])
  const { Policies } = await service.iam<{ Policies: object[] }>('ListPolicies', { Scope: 'Local' })
  assert(Policies.every((policy) => !('Description' in policy) && !('Tags' in policy)))
})

test('the entities of a policy are found, each once, by kind, path and use, under the names that they have now', async () => {
  const PolicyArn = await addPolicy(service, 'held')
  const user = await service.user('holder-1', '/here/')
  await service.iam('CreateGroup', { GroupName: 'holder-2' })
  const roleId = await addRole(service, 'holder-3', '/here/')
  await service.iam('AttachUserPolicy', { UserName: 'holder-1', PolicyArn })
  await service.iam('PutUserPermissionsBoundary', { UserName: 'holder-1', PermissionsBoundary: PolicyArn })
  await service.iam('AttachGroupPolicy', { GroupName: 'holder-2', PolicyArn })
  await service.iam('PutRolePermissionsBoundary', { RoleName: 'holder-3', PermissionsBoundary: PolicyArn })
  await service.iam('UpdateUser', { UserName: 'holder-1', NewUserName: 'holder-0' })

  const holders = async (input: object = {}): Promise<(string | undefined)[]> => {
    const { PolicyUsers, PolicyGroups, PolicyRoles } = await service.iam<Record<string, unknown>>(
      'ListEntitiesForPolicy',
      {
        PolicyArn,
        ...input,
      },
    )
    const names = [...listOf(PolicyGroups), ...listOf(PolicyRoles), ...listOf(PolicyUsers)]
    return names.map(({ GroupName, RoleName, UserName }) => GroupName ?? RoleName ?? UserName)
  }
  assert.deepEqual(await holders(), ['holder-2', 'holder-3', 'holder-0'])
  assert.deepEqual(await holders({ EntityFilter: 'User' }), ['holder-0'])
  assert.deepEqual(await holders({ EntityFilter: 'AWSManagedPolicy' }), [])
  assert.deepEqual(await holders({ PathPrefix: '/here/' }), ['holder-3', 'holder-0'])
  assert.deepEqual(await holders({ PolicyUsageFilter: 'PermissionsPolicy' }), ['holder-2', 'holder-0'])
  assert.deepEqual(await holders({ PolicyUsageFilter: 'PermissionsBoundary' }), ['holder-3', 'holder-0'])
  const { PolicyUsers, PolicyRoles, Marker } = await service.iam<Record<string, unknown>>('ListEntitiesForPolicy', {
    PolicyArn,
    MaxItems: 2,
  })
  assert.deepEqual([PolicyUsers, PolicyRoles], ['', [{ RoleName: 'holder-3', RoleId: roleId }]])
  const rest = await service.iam<Record<string, unknown>>('ListEntitiesForPolicy', { PolicyArn, Marker })
  assert.deepEqual(rest['PolicyUsers'], [{ UserName: 'holder-0', UserId: user.identityId }])
})

test("who has AWS's policies is found in each account for itself", async () => {
  for (const account of [undefined, rootOf(OTHER_ACCOUNT)]) {
    await service.iam('CreateUser', { UserName: 'reader' }, account)
    await service.iam('AttachUserPolicy', { UserName: 'reader', PolicyArn: READ_ONLY }, account)
  }
  const { PolicyUsers } = await service.iam<{ PolicyUsers: unknown }>('ListEntitiesForPolicy', { PolicyArn: READ_ONLY })
  assert.deepEqual(
    listOf(PolicyUsers).map(({ UserName }) => UserName),
    ['reader'],
  )
})

test('a policy that is attached or a boundary is not deleted', async () => {
  const PolicyArn = await addPolicy(service, 'kept')
  await service.iam('CreateGroup', { GroupName: 'keeper' })
  await service.iam('AttachGroupPolicy', { GroupName: 'keeper', PolicyArn })
  const refused = 'DeleteConflict: Cannot delete a policy attached to entities.'
  assert.equal(await service.iamFault('DeletePolicy', { PolicyArn }), refused)
  await service.iam('DetachGroupPolicy', { GroupName: 'keeper', PolicyArn })
  await service.iam('DeletePolicy', { PolicyArn })
  assert.deepEqual((await list({ Scope: 'Local' })).includes('kept'), false)
})

test('an ARN that differs in case from a policy’s names no policy: otherwise a denial of one could be evaded by the other', async () => {
  const arn = await addPolicy(service, 'Guarded')
  const ann = await service.user('case-changer')
  const text = document(allow('iam:*'), { Effect: 'Deny', Action: 'iam:*', Resource: arn })
  await service.iam('PutUserPolicy', { UserName: 'case-changer', PolicyName: 'p', PolicyDocument: text })
  const other = arn.replace('Guarded', 'GUARDED')
  const version = { PolicyDocument: document(allow('*')), SetAsDefault: true }
  assert.match(await service.iamFault('CreatePolicyVersion', { PolicyArn: arn, ...version }, ann), /^AccessDenied/)
  assert.match(await service.iamFault('CreatePolicyVersion', { PolicyArn: other, ...version }, ann), /^NoSuchEntity/)
  const attach = { UserName: 'case-changer', PolicyArn: other }
  assert.match(await service.iamFault('AttachUserPolicy', attach, ann), /^NoSuchEntity/)
  assert.deepEqual(await versions(arn), [['v1', 'true']])
})
