import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Ended } from '../../tools/testing/keyhold.ts'
import { needs } from '../../tools/testing/needs.ts'
import { type AwsCommand, startAws } from '../aws.ts'
import { startServer, type TestServer } from '../server.ts'

type Named<Name extends string> = Record<Name, string>

/** What is looked at in the answers of the command; each has its own part of it. */
interface Answer {
  User: Named<'Arn' | 'UserId'>
  Users: Named<'UserName'>[]
  AccessKey: Named<'AccessKeyId' | 'SecretAccessKey'>
  AccessKeyMetadata: Named<'AccessKeyId' | 'Status'>[]
  AccessKeyLastUsed: Named<'ServiceName' | 'Region'>
  Policy: Named<'Arn'>
  Policies: Named<'PolicyName'>[]
  PolicyDocument: object
  PolicyVersion: { Document: object }
  PolicyGroups: Named<'GroupName'>[]
  PolicyUsers: Named<'UserName'>[]
}

const policy = (Action: string, Resource = '*'): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })

describe('aws iam', { skip: needs('aws') }, () => {
  let server: TestServer
  let command: AwsCommand
  before(async () => {
    server = await startServer()
    command = await startAws(server)
  })
  after(async () => {
    await command?.stop()
    await server?.stop()
  })

  function run(args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    return command.run([...args, '--endpoint-url', server.endpoint, '--output', 'json'], env)
  }

  async function iam(...args: string[]): Promise<Answer> {
    const { status, stdout, stderr } = await run(['iam', ...args], {})
    assert.equal(status, 0, `aws iam ${args.join(' ')}: ${stderr}`)
    return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as Answer
  }

  /** The command fails with this code of the service's, and with this message where one is given. */
  async function refused(args: string[], code: string, message?: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const failed = await run(args, env)
    assert.notEqual(failed.status, 0, `aws ${args.join(' ')} passed`)
    const answer = /An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)/s.exec(
      failed.stderr,
    )
    assert.equal(answer?.[1], code, failed.stderr)
    if (message !== undefined) assert.equal(answer?.[2]?.trim(), message)
  }

  const arnOf = (resource: string): string => `arn:aws:iam::${server.accountId}:${resource}`

  test('makes a user whose key works from the first request to the last before it is deactivated', async () => {
    const user = ['--user-name', 'cli-user']
    const { User } = await iam('create-user', ...user, '--path', '/cli/', '--tags', 'Key=team,Value=red')
    assert.equal(User.Arn, arnOf('user/cli/cli-user'))
    assert.deepEqual((await iam('get-user', ...user)).User, User)
    const { AccessKey } = await iam('create-access-key', ...user)
    const env = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
    await refused(
      ['iam', 'get-user'],
      'AccessDenied',
      `User: ${User.Arn} is not authorized to perform: iam:GetUser on resource: user cli-user because no identity-based ` +
        'policy allows the iam:GetUser action',
      env,
    )
    const document = policy('iam:Get*', arnOf('user/cli/${aws:username}'))
    await iam('put-user-policy', ...user, '--policy-name', 'me', '--policy-document', document)
    const described = await run(['iam', 'get-user'], env)
    assert.equal(described.status, 0, described.stderr)
    assert.equal((JSON.parse(described.stdout) as Answer).User.UserId, User.UserId)

    const { AccessKeyLastUsed } = await iam('get-access-key-last-used', '--access-key-id', AccessKey.AccessKeyId)
    assert.deepEqual([AccessKeyLastUsed.ServiceName, AccessKeyLastUsed.Region], ['iam', server.region])
    const key = ['--access-key-id', AccessKey.AccessKeyId]
    await iam('update-access-key', ...user, ...key, '--status', 'Inactive')
    await refused(['iam', 'get-user'], 'InvalidClientTokenId', undefined, env)
    const { AccessKeyMetadata } = await iam('list-access-keys', ...user)
    assert.deepEqual(
      AccessKeyMetadata.map(({ AccessKeyId, Status }) => [AccessKeyId, Status]),
      [[AccessKey.AccessKeyId, 'Inactive']],
    )
    await refused(
      ['iam', 'delete-user', ...user],
      'DeleteConflict',
      'Cannot delete entity, must delete policies first.',
    )
    await iam('delete-user-policy', ...user, '--policy-name', 'me')
    await iam('delete-access-key', ...user, ...key)
    await iam('delete-user', ...user)
    await refused(['iam', 'get-user', ...user], 'NoSuchEntity', 'The user with name cli-user cannot be found.')
  })

  test('reads documents as they were submitted', async () => {
    const document = policy('kms:*', 'arn:aws:kms:*:*:key/*')
    await iam('create-group', '--group-name', 'cli-documents')
    const inline = ['--group-name', 'cli-documents', '--policy-name', 'p']
    await iam('put-group-policy', ...inline, '--policy-document', document)
    assert.deepEqual((await iam('get-group-policy', ...inline)).PolicyDocument, JSON.parse(document))
    await refused(
      ['iam', 'put-group-policy', ...inline, '--policy-document', '{"Version": "2012-10-17"}'],
      'MalformedPolicyDocument',
    )
    const { Policy } = await iam('create-policy', '--policy-name', 'cli-documents', '--policy-document', document)
    const version = ['--policy-arn', Policy.Arn, '--version-id', 'v1']
    assert.deepEqual((await iam('get-policy-version', ...version)).PolicyVersion.Document, JSON.parse(document))
  })

  test('attaches managed policies through groups, and follows their versions', async () => {
    const { Policy } = await iam(
      'create-policy',
      '--policy-name',
      'cli-managed',
      '--policy-document',
      policy('kms:List*'),
    )
    const arn = ['--policy-arn', Policy.Arn]
    const group = ['--group-name', 'cli-group']
    await iam('create-group', ...group)
    await iam('create-user', '--user-name', 'cli-member')
    await iam('add-user-to-group', ...group, '--user-name', 'cli-member')
    await iam('attach-group-policy', ...group, ...arn)
    const { AccessKey } = await iam('create-access-key', '--user-name', 'cli-member')
    const env = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey }
    assert.equal((await run(['kms', 'list-keys'], env)).status, 0)
    await iam('create-policy-version', ...arn, '--policy-document', policy('kms:Describe*'), '--set-as-default')
    await refused(['kms', 'list-keys'], 'AccessDeniedException', undefined, env)
    await iam('set-default-policy-version', ...arn, '--version-id', 'v1')
    assert.equal((await run(['kms', 'list-keys'], env)).status, 0)
    const { PolicyGroups } = await iam('list-entities-for-policy', ...arn)
    assert.deepEqual(
      PolicyGroups.map(({ GroupName }) => GroupName),
      ['cli-group'],
    )
    await refused(['iam', 'delete-policy', ...arn], 'DeleteConflict', 'Cannot delete a policy attached to entities.')
    const administrators = await iam(
      'list-entities-for-policy',
      '--policy-arn',
      'arn:aws:iam::aws:policy/AdministratorAccess',
    )
    assert.equal(administrators.PolicyUsers.length, 1)
  })

  test("reads AWS's policies, and is refused those that are for services", async () => {
    const arn = 'arn:aws:iam::aws:policy'
    const version = ['--policy-arn', `${arn}/ReadOnlyAccess`, '--version-id', 'v188']
    const { Document } = (await iam('get-policy-version', ...version)).PolicyVersion
    assert(JSON.stringify(Document).includes('"kms:Describe*"'))
    const name = 'aws-service-role/AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy'
    await refused(
      ['iam', 'attach-group-policy', '--group-name', 'cli-group', '--policy-arn', `${arn}/${name}`],
      'PolicyNotAttachable',
    )
  })

  test('lists page by page by itself', async () => {
    for (const name of ['c', 'a', 'b']) await iam('create-user', '--user-name', `page-${name}`, '--path', '/pages/')
    const { Users } = await iam('list-users', '--path-prefix', '/pages/', '--page-size', '1')
    assert.deepEqual(
      Users.map(({ UserName }) => UserName),
      ['page-a', 'page-b', 'page-c'],
    )
    const { Policies } = await iam(
      'list-policies',
      '--scope',
      'AWS',
      '--path-prefix',
      '/job-function/',
      '--page-size',
      '9',
    )
    assert(Policies.length > 9 && Policies.some(({ PolicyName }) => PolicyName === 'ViewOnlyAccess'))
  })
})
