import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHER_ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { trust } from '../../../support/sessions.ts'
import { addPolicy, allow, arnOf, document, listOf, READ_ONLY } from '../support.ts'

type Lists = Record<'UserDetailList' | 'GroupDetailList' | 'RoleDetailList' | 'Policies', unknown>
type Answer = Lists & { IsTruncated: string; Marker?: string }

const INLINE = document(allow('kms:ListKeys'))

async function accountWithEverything(): Promise<TestService> {
  const service = await TestService.open('on')
  const PolicyArn = await addPolicy(service, 'reads')
  await service.iam('CreatePolicyVersion', { PolicyArn, PolicyDocument: document(allow('kms:ListAliases')) })
  const tags = { Tags: [{ Key: 'team', Value: 'red' }], PermissionsBoundary: PolicyArn }
  await service.iam('CreateUser', { UserName: 'ann', Path: '/staff/', ...tags })
  await service.iam('CreateGroup', { GroupName: 'devs' })
  const AssumeRolePolicyDocument = trust({ Service: 'ec2.amazonaws.com' })
  await service.iam('CreateRole', { RoleName: 'web', AssumeRolePolicyDocument, Description: 'Serves', ...tags })
  await service.iam('CreateInstanceProfile', { InstanceProfileName: 'web' })
  await service.iam('AddRoleToInstanceProfile', { InstanceProfileName: 'web', RoleName: 'web' })
  await service.iam('AddUserToGroup', { GroupName: 'devs', UserName: 'ann' })
  const inline = { PolicyName: 'own', PolicyDocument: INLINE }
  await service.iam('PutUserPolicy', { UserName: 'ann', ...inline })
  await service.iam('PutGroupPolicy', { GroupName: 'devs', ...inline })
  await service.iam('PutRolePolicy', { RoleName: 'web', ...inline })
  await service.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn })
  await service.iam('AttachGroupPolicy', { GroupName: 'devs', PolicyArn: READ_ONLY })
  await service.iam('AttachRolePolicy', { RoleName: 'web', PolicyArn })
  return service
}

function details(service: TestService, input: object = {}): Promise<Answer> {
  return service.iam<Answer>('GetAccountAuthorizationDetails', input)
}

/** The names in each list, without those that are empty. */
function namesIn(answer: Lists): Record<string, unknown> {
  const lists = Object.entries({
    User: listOf(answer.UserDetailList).map(({ UserName }) => UserName),
    Group: listOf(answer.GroupDetailList).map(({ GroupName }) => GroupName),
    Role: listOf(answer.RoleDetailList).map(({ RoleName }) => RoleName),
    Policy: listOf(answer.Policies).map(({ PolicyName }) => PolicyName),
  })
  return Object.fromEntries(lists.filter(([, names]) => names.length > 0))
}

test('each user, group, role and policy is described with all of its documents', async () => {
  await using service = await accountWithEverything()
  const answer = await details(service)
  const [user] = listOf<Record<string, unknown>>(answer.UserDetailList)
  const [group] = listOf<Record<string, unknown>>(answer.GroupDetailList)
  const [role] = listOf<Record<string, unknown>>(answer.RoleDetailList)
  const [policy, ofAws] = listOf<Record<string, unknown>>(answer.Policies)
  const inline = [{ PolicyName: 'own', PolicyDocument: encodeURIComponent(INLINE).replaceAll('*', '%2A') }]
  const reads = { PolicyName: 'reads', PolicyArn: arnOf('policy/reads') }
  assert.equal(user?.['Arn'], arnOf('user/staff/ann'))
  assert.deepEqual(user['UserPolicyList'], inline)
  assert.deepEqual([user['GroupList'], user['AttachedManagedPolicies']], [['devs'], [reads]])
  assert.equal((user['PermissionsBoundary'] as Record<string, string>)['PermissionsBoundaryArn'], reads.PolicyArn)
  assert.deepEqual(user['Tags'], [{ Key: 'team', Value: 'red' }])
  assert.deepEqual(group?.['GroupPolicyList'], inline)
  assert.deepEqual(group['AttachedManagedPolicies'], [{ PolicyName: 'IAMReadOnlyAccess', PolicyArn: READ_ONLY }])
  assert.deepEqual([role?.['RolePolicyList'], role?.['AttachedManagedPolicies']], [inline, [reads]])
  const trusted = decodeURIComponent(String(role?.['AssumeRolePolicyDocument']))
  assert.equal(trusted, trust({ Service: 'ec2.amazonaws.com' }))
  const [profile] = listOf<Record<string, unknown>>(role?.['InstanceProfileList'])
  assert.equal(profile?.['InstanceProfileName'], 'web')
  assert.deepEqual([policy?.['PolicyName'], policy?.['AttachmentCount']], ['reads', '2'])
  const versions = listOf(policy?.['PolicyVersionList'])
  assert.deepEqual(
    versions.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v2', 'false'],
      ['v1', 'true'],
    ],
  )
  assert.match(decodeURIComponent(versions[0]?.['Document'] ?? ''), /kms:ListAliases/)
  assert.equal(ofAws?.['PolicyName'], 'IAMReadOnlyAccess')
})

test('of AWS’s policies only those are shown that the account uses', async () => {
  await using service = await TestService.open('on')
  assert.deepEqual(namesIn(await details(service)), {})
  await service.iam('CreateUser', { UserName: 'ann', PermissionsBoundary: READ_ONLY })
  assert.deepEqual(namesIn(await details(service)), { User: ['ann'], Policy: ['IAMReadOnlyAccess'] })
})

test('a filter chooses kinds, and pages go through all of them, each thing once', async () => {
  await using service = await accountWithEverything()
  for (const [kind, expected] of [
    ['User', { User: ['ann'] }],
    ['Group', { Group: ['devs'] }],
    ['Role', { Role: ['web'] }],
    ['LocalManagedPolicy', { Policy: ['reads'] }],
    ['AWSManagedPolicy', { Policy: ['IAMReadOnlyAccess'] }],
  ] as const) {
    assert.deepEqual(namesIn(await details(service, { Filter: [kind] })), expected)
  }
  const seen: Record<string, unknown>[] = []
  let Marker: string | undefined
  do {
    const page: Answer = await details(service, { MaxItems: 1, ...(Marker && { Marker }) })
    seen.push(namesIn(page))
    Marker = page.Marker
  } while (Marker !== undefined)
  assert.deepEqual(seen.slice(0, 5), [
    { User: ['ann'] },
    { Group: ['devs'] },
    { Role: ['web'] },
    { Policy: ['reads'] },
    { Policy: ['IAMReadOnlyAccess'] },
  ])
  const first = await details(service, { MaxItems: 1 })
  const other = { Filter: ['User'], Marker: first.Marker }
  assert.match(await service.iamFault('GetAccountAuthorizationDetails', other), /^ValidationError: Invalid Marker/)
})

test('the details are for those who may read them, and of their own account alone', async () => {
  await using service = await accountWithEverything()
  const bob = await service.user('bob')
  assert.match(await service.iamFault('GetAccountAuthorizationDetails', {}, bob), /^AccessDenied/)
  const stranger = await service.iam<Answer>('GetAccountAuthorizationDetails', {}, rootOf(OTHER_ACCOUNT))
  assert.deepEqual(namesIn(stranger), {})
})
