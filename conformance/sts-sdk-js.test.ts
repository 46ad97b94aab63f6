import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { AUDIENCE, makeIssuer, PROVIDER, type TestIssuer } from './issuer.ts'
import { startServer, type TestServer } from './server.ts'

const SUBJECT = 'system:serviceaccount:apps:web'

describe('the SDK for JavaScript', () => {
  let server: TestServer
  let issuer: TestIssuer
  let folder: string
  let iam: IAMClient
  let sts: STSClient
  const environment = { ...process.env }

  before(async () => {
    issuer = await makeIssuer()
    server = await startServer(issuer.flags)
    folder = await mkdtemp(join(tmpdir(), 'keyhold-sts-'))
    iam = new IAMClient(settings())
    sts = new STSClient(settings())
    await makeRole('reader', { AWS: server.accountId }, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'])
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${PROVIDER}`, ClientIDList: [AUDIENCE] }))
    await makeRole('pods', { Federated: arn(`oidc-provider/${PROVIDER}`) }, 'sts:AssumeRoleWithWebIdentity', {
      StringEquals: { [`${PROVIDER}:sub`]: SUBJECT },
    })
  })
  after(async () => {
    process.env = environment
    await rm(folder, { recursive: true, force: true })
    await server?.stop()
    await issuer?.remove()
  })

  function settings(): {
    endpoint: string
    region: string
    credentials: TestServer['credentials']
    maxAttempts: number
  } {
    const { endpoint, region, credentials } = server
    return { endpoint, region, credentials, maxAttempts: 1 }
  }

  const arn = (resource: string): string => `arn:aws:iam::${server.accountId}:${resource}`

  /** A role that may list keys and nothing else. */
  async function makeRole(
    RoleName: string,
    Principal: object,
    Action: string | string[],
    Condition?: object,
  ): Promise<void> {
    const Statement = [{ Effect: 'Allow', Principal, Action, ...(Condition && { Condition }) }]
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    const allowed = [{ Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed })
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'list', PolicyDocument }))
  }

  function kmsWith({ AccessKeyId, SecretAccessKey, SessionToken }: Credentials): KMSClient {
    assert(AccessKeyId && SecretAccessKey && SessionToken)
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    return new KMSClient({ ...settings(), credentials })
  }

  test('assumes a role, which may what it may and no more', async () => {
    const answer = await sts.send(
      new AssumeRoleCommand({
        RoleArn: arn('role/reader'),
        RoleSessionName: 'sdk',
        SourceIdentity: 'ann',
        Tags: [{ Key: 'team', Value: 'red' }],
        TransitiveTagKeys: ['team'],
      }),
    )
    assert.equal(answer.SourceIdentity, 'ann')
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${server.accountId}:assumed-role/reader/sdk`)
    assert(answer.Credentials?.Expiration instanceof Date)
    assert(answer.PackedPolicySize !== undefined && answer.PackedPolicySize > 0)
    const kms = kmsWith(answer.Credentials)
    await kms.send(new ListKeysCommand({}))
    await assert.rejects(kms.send(new CreateKeyCommand({})), { name: 'AccessDeniedException' })
  })

  test('is told in AWS’s words that it may not assume a role', async () => {
    const RoleArn = arn('role/pods')
    await assert.rejects(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'sdk' })), (error: Error) => {
      assert.equal(error.name, 'AccessDenied')
      assert.match(
        error.message,
        new RegExp(`^User: \\S+ is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}$`),
      )
      return true
    })
  })

  test('gets a session of the calling user', async () => {
    const { Credentials } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
    await kmsWith(Credentials!).send(new CreateKeyCommand({}))
  })

  test('shows a token where it has nothing to sign with', async () => {
    const { endpoint, region } = server
    const client = new STSClient({ endpoint, region, maxAttempts: 1 })
    const wanted = { RoleArn: arn('role/pods'), RoleSessionName: 'pod' }
    const shown = (subject: string): AssumeRoleWithWebIdentityCommand =>
      new AssumeRoleWithWebIdentityCommand({ ...wanted, WebIdentityToken: issuer.token(subject) })
    const answer = await client.send(shown(SUBJECT))
    assert.equal(answer.SubjectFromWebIdentityToken, SUBJECT)
    assert.equal(answer.Provider, arn(`oidc-provider/${PROVIDER}`))
    await kmsWith(answer.Credentials!).send(new ListKeysCommand({}))
    await assert.rejects(client.send(shown('system:serviceaccount:apps:api')), { name: 'AccessDenied' })
    const broken = new AssumeRoleWithWebIdentityCommand({ ...wanted, WebIdentityToken: 'a.b.c' })
    await assert.rejects(client.send(broken), { name: 'InvalidIdentityTokenException' })
  })

  /** The client as a program makes it that leaves everything to its environment. */
  async function callerIn(env: NodeJS.ProcessEnv): Promise<string | undefined> {
    const others = Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'))
    process.env = {
      ...Object.fromEntries(others),
      AWS_REGION: server.region,
      AWS_ENDPOINT_URL: server.endpoint,
      ...env,
    }
    const { Arn } = await new STSClient({ maxAttempts: 1 }).send(new GetCallerIdentityCommand({}))
    await new KMSClient({ maxAttempts: 1 }).send(new ListKeysCommand({}))
    return Arn
  }

  test('finds its way in a pod by itself: role and token file come from the environment', async () => {
    const Arn = await callerIn({
      AWS_ROLE_ARN: arn('role/pods'),
      AWS_WEB_IDENTITY_TOKEN_FILE: await issuer.tokenFile(SUBJECT),
      AWS_ROLE_SESSION_NAME: 'pod-7',
    })
    assert.equal(Arn, `arn:aws:sts::${server.accountId}:assumed-role/pods/pod-7`)
  })

  test('assumes the role of a profile by itself', async () => {
    const { accessKeyId, secretAccessKey } = server.credentials
    const config = `[profile base]
aws_access_key_id = ${accessKeyId}
aws_secret_access_key = ${secretAccessKey}
[profile reader]
role_arn = ${arn('role/reader')}
source_profile = base
role_session_name = by-profile
`
    const file = join(folder, 'config')
    await writeFile(file, config)
    const Arn = await callerIn({
      AWS_CONFIG_FILE: file,
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_PROFILE: 'reader',
    })
    assert.equal(Arn, `arn:aws:sts::${server.accountId}:assumed-role/reader/by-profile`)
  })

  test('reads roles, simulations and the summary of the account', async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'reader' }))
    assert.equal(Role?.MaxSessionDuration, 3600)
    assert.match(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), /"sts:TagSession"/)
    const simulated = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: arn('role/reader'),
        ActionNames: ['kms:ListKeys', 'kms:CreateKey'],
      }),
    )
    const { EvaluationResults = [], IsTruncated } = simulated
    assert.equal(IsTruncated, false)
    assert.deepEqual(
      EvaluationResults.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision]),
      [
        ['kms:ListKeys', 'allowed'],
        ['kms:CreateKey', 'implicitDeny'],
      ],
    )
    assert.deepEqual(EvaluationResults[0]?.MatchedStatements?.[0]?.StartPosition, { Line: 1, Column: 38 })
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}))
    assert.deepEqual([SummaryMap?.['Roles'], SummaryMap?.['Providers']], [2, 1])
  })
})
