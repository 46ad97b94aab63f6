import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Ended } from '../tools/testing/keyhold.ts'
import { AWS_ENDPOINT_URL, needs } from '../tools/testing/needs.ts'
import { type AwsCommand, startAws } from './aws.ts'
import { AUDIENCE, makeIssuer, PROVIDER, type TestIssuer } from './issuer.ts'
import { startServer, type TestServer } from './server.ts'

const SUBJECT = 'system:serviceaccount:apps:web'

interface Credentials {
  AccessKeyId: string
  SecretAccessKey: string
  SessionToken: string
}

describe('the aws command with roles', { skip: needs(AWS_ENDPOINT_URL) }, () => {
  let server: TestServer
  let command: AwsCommand
  let issuer: TestIssuer
  let folder: string
  before(async () => {
    issuer = await makeIssuer()
    server = await startServer(issuer.flags)
    folder = await mkdtemp(join(tmpdir(), 'keyhold-aws-cli-'))
    // The command keeps the sessions that it made by itself below the home folder, by role and session name.
    command = await startAws(server, { AWS_ENDPOINT_URL: server.endpoint, HOME: folder })
    await makeRole('reader', { AWS: server.accountId }, 'sts:AssumeRole', { StringEquals: { 'sts:ExternalId': 'e-1' } })
  })
  after(async () => {
    await rm(folder, { recursive: true, force: true })
    await command?.stop()
    await server?.stop()
    await issuer?.remove()
  })

  function run(args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    return command.run([...args, '--output', 'json'], env)
  }

  async function aws<T = Record<string, unknown>>(args: string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
    const { status, stdout, stderr } = await run(args, env)
    assert.equal(status, 0, `aws ${args.join(' ')}: ${stderr}`)
    return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as T
  }

  async function awsRefused(args: string[], says: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const { status, stderr } = await run(args, env)
    assert.notEqual(status, 0, `aws ${args.join(' ')} passed`)
    assert.match(stderr, says)
  }

  const arn = (resource: string): string => `arn:aws:iam::${server.accountId}:${resource}`

  /** A role that may list keys and nothing else. */
  async function makeRole(name: string, principal: object, action: string, condition: object): Promise<void> {
    const trust = [{ Effect: 'Allow', Principal: principal, Action: action, Condition: condition }]
    const allowed = [{ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }]
    const document = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: statement })
    await aws(['iam', 'create-role', '--role-name', name, '--assume-role-policy-document', document(trust)])
    const policy = ['--policy-name', 'list', '--policy-document', document(allowed)]
    await aws(['iam', 'put-role-policy', '--role-name', name, ...policy])
  }

  const LIST = ['kms', 'list-keys']
  const IDENTITY = ['sts', 'get-caller-identity']

  test('assume-role gives what later commands use', async () => {
    const assume = ['sts', 'assume-role', '--role-arn', arn('role/reader'), '--role-session-name', 'cli']
    await awsRefused(
      assume,
      /AccessDenied.*is not authorized to perform: sts:AssumeRole on resource: \S+role\/reader\s*$/,
    )
    const { Credentials } = await aws<{ Credentials: Credentials }>([...assume, '--external-id', 'e-1'])
    const env = {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    }
    await aws(LIST, env)
    await awsRefused(['kms', 'create-key'], /AccessDeniedException/, env)
    await awsRefused(LIST, /UnrecognizedClientException/, {
      ...env,
      AWS_SESSION_TOKEN: `${env.AWS_SESSION_TOKEN.slice(0, -4)}AAA=`,
    })
    await awsRefused(['sts', 'get-session-token'], /AccessDenied.*session credentials/, env)
  })

  test('a profile with a role assumes it by itself', async () => {
    const { accessKeyId, secretAccessKey } = server.credentials
    const file = join(folder, 'config')
    const base = `[profile base]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
    const role = `[profile reader]\nrole_arn = ${arn('role/reader')}\nsource_profile = base\nexternal_id = e-1\nrole_session_name = by-profile\n`
    await writeFile(file, base + role)
    const env = { AWS_CONFIG_FILE: file, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_PROFILE: 'reader' }
    const { Arn } = await aws<{ Arn: string }>(IDENTITY, env)
    assert.equal(Arn, `arn:aws:sts::${server.accountId}:assumed-role/reader/by-profile`)
    await aws(LIST, env)
  })

  test('a pod’s token is exchanged for credentials of its role', async () => {
    const provider = ['--url', `https://${PROVIDER}`, '--client-id-list', AUDIENCE]
    await aws(['iam', 'create-open-id-connect-provider', ...provider])
    const condition = { StringEquals: { [`${PROVIDER}:sub`]: SUBJECT } }
    await makeRole('pods', { Federated: arn(`oidc-provider/${PROVIDER}`) }, 'sts:AssumeRoleWithWebIdentity', condition)
    const env = (session: string, file: string): NodeJS.ProcessEnv => ({
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_ROLE_ARN: arn('role/pods'),
      AWS_ROLE_SESSION_NAME: session,
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
    })
    const own = env('pod-7', await issuer.tokenFile(SUBJECT))
    assert.equal(
      (await aws<{ Arn: string }>(IDENTITY, own)).Arn,
      `arn:aws:sts::${server.accountId}:assumed-role/pods/pod-7`,
    )
    await aws(LIST, own)
    const other = env('pod-8', await issuer.tokenFile('system:serviceaccount:apps:api'))
    await awsRefused(IDENTITY, /AccessDenied.*Not authorized to perform sts:AssumeRoleWithWebIdentity/, other)
  })

  test('what a role may can be asked beforehand', async () => {
    const source = ['--policy-source-arn', arn('role/reader')]
    const { EvaluationResults } = await aws<{ EvaluationResults: { EvalDecision: string }[] }>([
      'iam',
      'simulate-principal-policy',
      ...source,
      '--action-names',
      'kms:ListKeys',
      'kms:CreateKey',
    ])
    assert.deepEqual(
      EvaluationResults.map(({ EvalDecision }) => EvalDecision),
      ['allowed', 'implicitDeny'],
    )
  })

  test('a role is described as it was made, and deleted once it has no policies', async () => {
    const role = ['--role-name', 'reader']
    const { Role } = await aws<{ Role: { AssumeRolePolicyDocument: { Statement: object[] } } }>([
      'iam',
      'get-role',
      ...role,
    ])
    assert.equal(Role.AssumeRolePolicyDocument.Statement.length, 1)
    await awsRefused(['iam', 'delete-role', ...role], /DeleteConflict/)
    await aws(['iam', 'delete-role-policy', ...role, '--policy-name', 'list'])
    await aws(['iam', 'delete-role', ...role])
    await awsRefused(['iam', 'get-role', ...role], /NoSuchEntity/)
  })
})
