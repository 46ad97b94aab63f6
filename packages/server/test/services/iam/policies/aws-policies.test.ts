import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { awsManagedPolicy } from '../../../../src/identity/accounts/aws-policies.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { addRole, allow, arnOf, document, listOf } from '../support.ts'

const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const SECURITY_AUDIT = 'arn:aws:iam::aws:policy/SecurityAudit'
const VIEW_ONLY = 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess'
const LAMBDA = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
const POWER_USER = 'arn:aws:iam::aws:policy/PowerUserAccess'
const FOR_SERVICES = 'arn:aws:iam::aws:policy/aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy'

let service: TestService
before(async () => {
  service = await TestService.open('on')
})
after(() => service[Symbol.asyncDispose]())

test('one that AWS has changed is described with the version, dates and document of the change', async () => {
  const { Policy } = await service.iam<{ Policy: object }>('GetPolicy', { PolicyArn: VIEW_ONLY })
  assert.deepEqual(Policy, {
    PolicyName: 'ViewOnlyAccess',
    PolicyId: 'ANPAID22R6XPJATWOFDK6',
    Arn: VIEW_ONLY,
    Path: '/job-function/',
    DefaultVersionId: 'v45',
    AttachmentCount: '0',
    PermissionsBoundaryUsageCount: '0',
    IsAttachable: 'true',
    CreateDate: '2016-11-10T17:20:15Z',
    UpdateDate: '2026-04-22T18:12:21Z',
  })
  const { Versions } = await service.iam<{ Versions: object[] }>('ListPolicyVersions', { PolicyArn: VIEW_ONLY })
  const version = { VersionId: 'v45', IsDefaultVersion: 'true', CreateDate: '2026-04-22T18:12:21Z' }
  assert.deepEqual(Versions, [version])
  const read = (VersionId: string): Promise<{ PolicyVersion: { Document: string } }> =>
    service.iam('GetPolicyVersion', { PolicyArn: VIEW_ONLY, VersionId })
  const { Document, ...rest } = (await read('v45')).PolicyVersion
  assert.deepEqual(rest, version)
  assert.equal(decodeURIComponent(Document), awsManagedPolicy(VIEW_ONLY)?.text)
  assert.equal(
    await service.iamFault('GetPolicyVersion', { PolicyArn: VIEW_ONLY, VersionId: 'v1' }),
    `NoSuchEntity: Policy ${VIEW_ONLY} version v1 does not exist or is not attachable.`,
  )
})

test('the longest that can be attached is returned whole', async () => {
  const input = { PolicyArn: READ_ONLY, VersionId: 'v188' }
  const { PolicyVersion } = await service.iam<{ PolicyVersion: { Document: string } }>('GetPolicyVersion', input)
  const text = decodeURIComponent(PolicyVersion.Document)
  assert.ok(text.length > 90_000)
  assert.equal(text, awsManagedPolicy(READ_ONLY)?.text)
})

test('a policy for service roles can be read, but not attached to other roles', async () => {
  await service.iam('CreateUser', { UserName: 'customer' })
  await service.iam('CreateGroup', { GroupName: 'customer' })
  await addRole(service, 'customer')
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }] }
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  const fault = (Kind: string): string =>
    `PolicyNotAttachable: Cannot attach a Service Role Policy to a Customer ${Kind}.`
  const [PolicyArn, PermissionsBoundary] = [FOR_SERVICES, FOR_SERVICES]
  for (const [operation, input, kind] of [
    ['AttachUserPolicy', { UserName: 'customer', PolicyArn }, 'User'],
    ['AttachGroupPolicy', { GroupName: 'customer', PolicyArn }, 'Group'],
    ['AttachRolePolicy', { RoleName: 'customer', PolicyArn }, 'Role'],
    ['PutUserPermissionsBoundary', { UserName: 'customer', PermissionsBoundary }, 'User'],
    ['PutRolePermissionsBoundary', { RoleName: 'customer', PermissionsBoundary }, 'Role'],
    ['CreateUser', { UserName: 'bounded', PermissionsBoundary }, 'User'],
    ['CreateRole', { RoleName: 'bounded', PermissionsBoundary, AssumeRolePolicyDocument }, 'Role'],
  ] as const) {
    assert.equal(await service.iamFault(operation, input), fault(kind), operation)
  }
  const { Policy } = await service.iam<{ Policy: Record<string, string> }>('GetPolicy', { PolicyArn })
  assert.deepEqual([Policy['IsAttachable'], Policy['AttachmentCount']], ['true', '0'])
})

test('what a user may do with one follows its document: ReadOnlyAccess reads, and no more', async () => {
  const user = await service.user('reader')
  const { keyId: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
  for (const PolicyArn of [READ_ONLY, SECURITY_AUDIT, VIEW_ONLY, LAMBDA]) {
    await service.iam('AttachUserPolicy', { UserName: 'reader', PolicyArn })
  }
  await service.ok('DescribeKey', { KeyId }, user)
  await service.ok('ListKeys', {}, user)
  await service.iam('GetUser', { UserName: 'reader' }, user)
  await service.iam('GetPolicy', { PolicyArn: POWER_USER }, user)
  const denied = `because no identity-based policy allows the kms:Encrypt action`
  assert.match(await service.fault('Encrypt', { KeyId, Plaintext: 'AAAA' }, user), new RegExp(denied))
  assert.match(await service.fault('ScheduleKeyDeletion', { KeyId }, user), /AccessDenied/)
  assert.match(await service.iamFault('CreateUser', { UserName: 'other' }, user), /^AccessDenied/)
  const { Policies } = await service.iam<{ Policies: unknown }>('ListPolicies', { OnlyAttached: true, Scope: 'AWS' })
  const names = listOf(Policies).map(({ PolicyName, AttachmentCount }) => [PolicyName, AttachmentCount])
  assert.deepEqual(names, [
    ['AWSLambdaBasicExecutionRole', '1'],
    ['ReadOnlyAccess', '1'],
    ['SecurityAudit', '1'],
    ['ViewOnlyAccess', '1'],
  ])
  const others = await service.iam<{ Policies: unknown }>('ListPolicies', { OnlyAttached: true }, rootOf(OTHER_ACCOUNT))
  assert.deepEqual(listOf(others.Policies), [])
})

test('PowerUserAccess allows all but IAM, whose reads it names', async () => {
  const user = await service.user('power')
  await service.iam('AttachUserPolicy', { UserName: 'power', PolicyArn: POWER_USER })
  const { keyId: KeyId } = await service.createKey({}, user)
  await service.ok('Encrypt', { KeyId, Plaintext: 'AAAA' }, user)
  await service.iam('ListRoles', {}, user)
  assert.match(
    await service.iamFault('ListUsers', {}, user),
    /because no identity-based policy allows the iam:ListUsers/,
  )
})

test('as a boundary it limits what a policy allows', async () => {
  const user = await service.user('bounded-reader')
  const UserName = 'bounded-reader'
  await service.iam('PutUserPolicy', { UserName, PolicyName: 'all', PolicyDocument: document(allow('*')) })
  await service.iam('PutUserPermissionsBoundary', { UserName, PermissionsBoundary: READ_ONLY })
  await service.ok('ListKeys', {}, user)
  assert.match(await service.fault('CreateKey', {}, user), /because no permissions boundary allows the kms:CreateKey/)
  const { Policy } = await service.iam<{ Policy: Record<string, string> }>('GetPolicy', { PolicyArn: READ_ONLY })
  assert.equal(Policy['PermissionsBoundaryUsageCount'], '1')
})

test('a simulation names it, with the statement that decides', async () => {
  const simulate = async (name: string, action: string): Promise<unknown> => {
    const input = { PolicySourceArn: arnOf(`user/${name}`), ActionNames: [action] }
    const answer = await service.iam<{ EvaluationResults: Record<string, unknown>[] }>('SimulatePrincipalPolicy', input)
    const [result] = answer.EvaluationResults
    const matched = listOf(result?.['MatchedStatements']).map(({ SourcePolicyId }) => SourcePolicyId)
    return [result?.['EvalDecision'], matched]
  }
  await service.user('simulated')
  await service.iam('AttachUserPolicy', { UserName: 'simulated', PolicyArn: READ_ONLY })
  assert.deepEqual(await simulate('simulated', 'kms:DescribeKey'), ['allowed', [READ_ONLY]])
  assert.deepEqual(await simulate('simulated', 's3:GetObject'), ['allowed', [READ_ONLY]])
  assert.deepEqual(await simulate('simulated', 'kms:Decrypt'), ['implicitDeny', []])
})
