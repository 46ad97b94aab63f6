import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { policyOf, trust } from '../../../support/sessions.ts'

interface Result {
  EvalActionName: string
  EvalResourceName: string
  EvalDecision: string
  MatchedStatements: { SourcePolicyId: string; SourcePolicyType: string; StartPosition?: object }[] | ''
  MissingContextValues: string[] | ''
  PermissionsBoundaryDecisionDetail?: { AllowedByPermissionsBoundary: string }
}
type Answer = { EvaluationResults: Result[]; IsTruncated: string; Marker?: string }

const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const USER = `arn:aws:iam::${ACCOUNT}:user/ann`

async function custom(service: TestService, input: object): Promise<Answer> {
  return service.iam<Answer>('SimulateCustomPolicy', { ActionNames: ['kms:Decrypt'], ResourceArns: [KEY], ...input })
}

async function principal(service: TestService, PolicySourceArn: string, input: object = {}): Promise<Answer> {
  const all = { PolicySourceArn, ActionNames: ['kms:Decrypt'], ResourceArns: [KEY], ...input }
  return service.iam<Answer>('SimulatePrincipalPolicy', all)
}

function decisions({ EvaluationResults }: Answer): string[] {
  return EvaluationResults.map(({ EvalDecision }) => EvalDecision)
}

/** The statements that decided; of an empty list, XML shows nothing. */
function matchesOf(result: Result | undefined): Exclude<Result['MatchedStatements'], ''> {
  return result?.MatchedStatements || []
}

test('every action is tried on every resource, and the statement that decided is named with its place', async () => {
  await using service = await TestService.open('on')
  const answer = await custom(service, {
    PolicyInputList: [policyOf('kms:Encrypt'), `\n${policyOf('kms:D*')}`, policyOf('kms:Delete*', undefined, 'Deny')],
    ActionNames: ['kms:Decrypt', 'kms:DeleteAlias', 'kms:ListKeys'],
    ResourceArns: [KEY, '*'],
  })
  assert.deepEqual(
    answer.EvaluationResults.map((one) => [one.EvalActionName, one.EvalResourceName, one.EvalDecision]),
    [
      ['kms:Decrypt', KEY, 'allowed'],
      ['kms:Decrypt', '*', 'allowed'],
      ['kms:DeleteAlias', KEY, 'explicitDeny'],
      ['kms:DeleteAlias', '*', 'explicitDeny'],
      ['kms:ListKeys', KEY, 'implicitDeny'],
      ['kms:ListKeys', '*', 'implicitDeny'],
    ],
  )
  const [allowed, , denied, , nothing] = answer.EvaluationResults
  assert.deepEqual(allowed?.MatchedStatements, [
    {
      SourcePolicyId: 'PolicyInputList.2',
      SourcePolicyType: 'none',
      StartPosition: { Line: '2', Column: '38' },
      EndPosition: { Line: '2', Column: '89' },
    },
  ])
  assert.equal(
    denied?.MatchedStatements[0] && (denied.MatchedStatements[0] as { SourcePolicyId: string }).SourcePolicyId,
    'PolicyInputList.3',
  )
  assert.equal(nothing?.MatchedStatements, '')
})

test("AWS's own policies are in every account, as they are for requests", async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const answers: unknown[] = []
  for (const effect of ['Allow', 'Deny'] as const) {
    const PolicyDocument = policyOf('iam:GetPolicy', undefined, effect)
    await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: effect, PolicyDocument })
    const { status } = await service.query('iam', 'GetPolicy', { PolicyArn }, ann)
    const asked = { ActionNames: ['iam:GetPolicy'], ResourceArns: [PolicyArn] }
    answers.push([status, ...decisions(await principal(service, USER, asked))])
  }
  assert.deepEqual(answers, [
    [200, 'allowed'],
    [403, 'explicitDeny'],
  ])
})

test('conditions see the context of the request, and what is missing is named as the policy spells it', async () => {
  await using service = await TestService.open('on')
  const PolicyInputList = [
    policyOf('kms:Decrypt', { StringEquals: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' } }),
  ]
  const missing = await custom(service, { PolicyInputList })
  assert.deepEqual(
    [missing.EvaluationResults[0]?.EvalDecision, missing.EvaluationResults[0]?.MissingContextValues],
    ['implicitDeny', ['kms:ViaService']],
  )
  const entry = (value: string): object => ({
    ContextEntries: [{ ContextKeyName: 'KMS:viaService', ContextKeyType: 'string', ContextKeyValues: [value] }],
  })
  const given = await custom(service, { PolicyInputList, ...entry('s3.eu-central-1.amazonaws.com') })
  assert.deepEqual(
    [given.EvaluationResults[0]?.EvalDecision, given.EvaluationResults[0]?.MissingContextValues],
    ['allowed', ''],
  )
  assert.deepEqual(decisions(await custom(service, { PolicyInputList, ...entry('ec2.eu-central-1.amazonaws.com') })), [
    'implicitDeny',
  ])
})

test('variables without a value are missing too', async () => {
  await using service = await TestService.open('on')
  const Statement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: 'arn:aws:kms:*:*:key/${aws:username}*' }
  const PolicyInputList = [JSON.stringify({ Version: '2012-10-17', Statement })]
  const missing = await custom(service, { PolicyInputList })
  assert.deepEqual(missing.EvaluationResults[0]?.MissingContextValues, ['aws:username'])
  const ContextEntries = [{ ContextKeyName: 'aws:username', ContextKeyType: 'string', ContextKeyValues: ['1234'] }]
  assert.deepEqual(decisions(await custom(service, { PolicyInputList, ContextEntries })), ['allowed'])
})

test('a boundary limits, and says whether it would have allowed', async () => {
  await using service = await TestService.open('on')
  const input = {
    PolicyInputList: [policyOf('kms:*')],
    ActionNames: ['kms:Decrypt', 'kms:Encrypt'],
    PermissionsBoundaryPolicyInputList: [policyOf('kms:Decrypt')],
  }
  const answer = await custom(service, input)
  assert.deepEqual(decisions(answer), ['allowed', 'implicitDeny'])
  assert.deepEqual(
    answer.EvaluationResults.map(
      ({ PermissionsBoundaryDecisionDetail }) => PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
    ),
    ['true', 'false'],
  )
})

test('a resource policy takes part as that of a key does, for the caller who is named', async () => {
  await using service = await TestService.open('on')
  const ResourcePolicy = policyOf('kms:*').replace('"Action"', `"Principal":{"AWS":"${USER}"},"Action"`)
  const input = { PolicyInputList: [policyOf('iam:*')], ResourcePolicy }
  const answer = await custom(service, { ...input, CallerArn: USER })
  assert.deepEqual(decisions(answer), ['allowed'])
  assert.deepEqual(
    matchesOf(answer.EvaluationResults[0]).map((one) => [one.SourcePolicyId, one.SourcePolicyType]),
    [['ResourcePolicy', 'resource']],
  )
  assert.deepEqual(decisions(await custom(service, { ...input, CallerArn: `${USER}x` })), ['implicitDeny'])
  assert.match(
    await service.iamFault('SimulateCustomPolicy', { ...input, ActionNames: ['kms:Decrypt'] }),
    /^InvalidInput: .*CallerArn/,
  )
})

test('a Deny with NotPrincipal in a resource policy exempts no principal that has a permissions boundary', async () => {
  await using service = await TestService.open('on')
  const names = { AWS: [USER, `arn:aws:iam::${ACCOUNT}:root`] }
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: USER }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', NotPrincipal: names, Action: 'kms:*', Resource: '*' },
  ]
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement })
  const input = { PolicyInputList: [policyOf('iam:*')], ResourcePolicy, CallerArn: USER }
  assert.deepEqual(decisions(await custom(service, input)), ['allowed'])
  const bounded = { ...input, PermissionsBoundaryPolicyInputList: [policyOf('*')] }
  assert.deepEqual(decisions(await custom(service, bounded)), ['explicitDeny'])
})

test('context keys of statements about other principals are not reported missing', async () => {
  await using service = await TestService.open('on')
  const condition = { StringEquals: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' } }
  const ResourcePolicy = policyOf('kms:*', condition).replace('"Action"', `"Principal":{"AWS":"${USER}"},"Action"`)
  const input = { PolicyInputList: [policyOf('iam:*')], ResourcePolicy }
  const missing = async (CallerArn: string): Promise<unknown> =>
    (await custom(service, { ...input, CallerArn })).EvaluationResults[0]?.MissingContextValues
  assert.deepEqual(await missing(USER), ['kms:ViaService'])
  assert.equal(await missing(`${USER}x`), '')
})

test('resources of another account need its policy', async () => {
  await using service = await TestService.open('on')
  const PolicyInputList = [policyOf('kms:*')]
  const theirs = KEY.replace(ACCOUNT, OTHER_ACCOUNT)
  assert.deepEqual(decisions(await custom(service, { PolicyInputList, ResourceArns: [theirs] })), ['implicitDeny'])
  assert.deepEqual(decisions(await custom(service, { PolicyInputList, ResourceOwner: OTHER_ACCOUNT })), [
    'implicitDeny',
  ])
  const ownerArn = `arn:aws:iam::${ACCOUNT}:root`
  assert.deepEqual(
    decisions(await custom(service, { PolicyInputList, ResourceOwner: ownerArn, ResourceArns: [theirs] })),
    ['allowed'],
  )
})

test('results come a page at a time', async () => {
  await using service = await TestService.open('on')
  const input = { PolicyInputList: [policyOf('kms:*')], ActionNames: ['kms:A', 'iam:B', 'kms:C'], MaxItems: 2 }
  const first = await custom(service, input)
  assert.deepEqual([decisions(first), first.IsTruncated], [['allowed', 'implicitDeny'], 'true'])
  const second = await custom(service, { ...input, Marker: first.Marker })
  assert.deepEqual([decisions(second), second.IsTruncated], [['allowed'], 'false'])
})

test('a user is simulated with the user’s own, group and managed policies, boundary, and added policies', async () => {
  await using service = await TestService.open('on')
  await service.user('ann')
  await service.iam('CreateGroup', { GroupName: 'devs' })
  await service.iam('AddUserToGroup', { GroupName: 'devs', UserName: 'ann' })
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'own', PolicyDocument: policyOf('kms:Encrypt') })
  await service.iam('PutGroupPolicy', {
    GroupName: 'devs',
    PolicyName: 'limits',
    PolicyDocument: policyOf('kms:Decrypt', undefined, 'Deny'),
  })
  await service.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
  const answer = await principal(service, USER, {
    ActionNames: ['kms:Encrypt', 'kms:Decrypt', 'iam:GetUser', 'kms:ListKeys'],
    ResourceArns: ['*'],
    PolicyInputList: [policyOf('kms:List*')],
  })
  assert.deepEqual(decisions(answer), ['allowed', 'explicitDeny', 'allowed', 'allowed'])
  assert.deepEqual(
    answer.EvaluationResults.map(
      ({ MatchedStatements: [one] }) => one && typeof one === 'object' && [one.SourcePolicyId, one.SourcePolicyType],
    ),
    [
      ['own', 'user'],
      ['group/devs/limits', 'group'],
      ['arn:aws:iam::aws:policy/IAMReadOnlyAccess', 'aws-managed'],
      ['PolicyInputList.1', 'none'],
    ],
  )
  await service.iam('PutUserPermissionsBoundary', {
    UserName: 'ann',
    PermissionsBoundary: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess',
  })
  const bounded = await principal(service, USER, { ActionNames: ['kms:Encrypt'], ResourceArns: ['*'] })
  assert.deepEqual(decisions(bounded), ['implicitDeny'])
  assert.equal(bounded.EvaluationResults[0]?.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary, 'false')
})

test('roles and groups are simulated too; what is not there is not', async () => {
  await using service = await TestService.open('on')
  await service.iam('CreateRole', { RoleName: 'r', Path: '/x/', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) })
  await service.iam('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: policyOf('kms:Decrypt') })
  await service.iam('CreateGroup', { GroupName: 'devs' })
  await service.iam('PutGroupPolicy', { GroupName: 'devs', PolicyName: 'p', PolicyDocument: policyOf('kms:Decrypt') })
  const arn = (name: string): string => `arn:aws:iam::${ACCOUNT}:${name}`
  assert.deepEqual(decisions(await principal(service, arn('role/x/r'))), ['allowed'])
  assert.deepEqual(decisions(await principal(service, arn('group/devs'))), ['allowed'])
  const source = (PolicySourceArn: string): Promise<string> =>
    service.iamFault('SimulatePrincipalPolicy', { PolicySourceArn, ActionNames: ['kms:Decrypt'] })
  assert.match(await source(arn('role/r')), /^NoSuchEntity/)
  assert.match(await source(arn('group/Devs')), /^NoSuchEntity/, 'an ARN that differs in case is another')
  assert.match(await source(arn('user/absent')), /^NoSuchEntity/)
  assert.match(await source(arn('policy/p')), /^InvalidInput/)
  assert.match(await source(arn('role/x/r').replace(ACCOUNT, OTHER_ACCOUNT)), /^NoSuchEntity/)
})

test('what decides is what simulation says: the same policies allow the same requests', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { arn } = await service.createKey({}, rootOf(ACCOUNT))
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policyOf('kms:DescribeKey') })
  const answer = await principal(service, USER, {
    ActionNames: ['kms:DescribeKey', 'kms:Encrypt'],
    ResourceArns: [arn],
  })
  assert.deepEqual(decisions(answer), ['allowed', 'implicitDeny'])
  await service.ok('DescribeKey', { KeyId: arn }, ann)
  assert.match(await service.fault('Encrypt', { KeyId: arn, Plaintext: 'AA==' }, ann), /^AccessDenied/)
})

test('what cannot be simulated is refused', async () => {
  await using service = await TestService.open('on')
  const fault = (input: object): Promise<string> =>
    service.iamFault('SimulateCustomPolicy', {
      PolicyInputList: [policyOf('kms:*')],
      ActionNames: ['kms:Decrypt'],
      ...input,
    })
  assert.match(await fault({ ActionNames: ['kms:*'] }), /^InvalidInput: Invalid Entity Action: kms:\*/)
  assert.match(
    await fault({ PolicyInputList: ['{}'] }),
    /^InvalidInput: PolicyInputList\.1: Statement is missing \(at \$\)/,
  )
  assert.match(await fault({ ResourceOwner: 'me' }), /^InvalidInput/)
  assert.match(await fault({ CallerArn: `arn:aws:iam::${ACCOUNT}:role/r` }), /^InvalidInput: CallerArn/)
  assert.match(await fault({ PermissionsBoundaryPolicyInputList: [policyOf('a:b'), policyOf('a:b')] }), /^InvalidInput/)
  assert.match(
    await fault({ ResourceHandlingOption: 'EC2-VPC-InstanceStore' }),
    /^UnsupportedOperation: ResourceHandlingOption/,
  )
})
