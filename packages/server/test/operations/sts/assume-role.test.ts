import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Caller } from '../../../src/identity/caller.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { policyOf, type Temporary, trust, whoSigns } from '../../support/sessions.ts'

interface Assumed {
  Credentials: Temporary
  AssumedRoleUser: { AssumedRoleId: string; Arn: string }
  PackedPolicySize?: string
  SourceIdentity?: string
}

const ROLE = `arn:aws:iam::${ACCOUNT}:role/ops/deployer`
const WANTED = { RoleArn: ROLE, RoleSessionName: 'build-7' }

/** A user named `ann` whom the trust policy of the role allows what a test says. */
async function withRole(
  actions: string | readonly string[] = 'sts:AssumeRole',
  condition?: object,
): Promise<{ service: TestService; ann: Caller }> {
  const service = await TestService.open('on')
  const ann = await service.user('ann')
  await createRole(service, 'deployer', trust({ AWS: ann.principal.arn }, actions, condition), { Path: '/ops/' })
  return { service, ann }
}

async function createRole(
  service: TestService,
  RoleName: string,
  AssumeRolePolicyDocument: string,
  more: object = {},
): Promise<void> {
  await service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument, ...more })
}

function allow(
  service: TestService,
  RoleName: string,
  action: string | readonly string[],
  condition?: object,
): Promise<object> {
  return service.iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: policyOf(action, condition) })
}

async function assume(
  service: TestService,
  input: object,
  caller: Caller,
): Promise<{ caller: Caller; answer: Assumed }> {
  const answer = await service.sts<Assumed>('AssumeRole', { ...WANTED, ...input }, caller)
  return { answer, caller: await whoSigns(service, answer.Credentials) }
}

function denied(caller: Caller, action = 'sts:AssumeRole', resource = ROLE): string {
  return `AccessDenied: User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: ${resource}`
}

test('whom a role’s trust policy names gets credentials of the role', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  const { answer, caller } = await assume(service, {}, ann)
  assert.match(answer.Credentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/)
  assert.equal(answer.Credentials.SecretAccessKey.length, 40)
  assert.equal(Date.parse(answer.Credentials.Expiration), service.clock.now() + 3_600_000)
  const { Role } = await service.iam<{ Role: { RoleId: string } }>('GetRole', { RoleName: 'deployer' })
  const Arn = `arn:aws:sts::${ACCOUNT}:assumed-role/deployer/build-7`
  assert.deepEqual(answer.AssumedRoleUser, { AssumedRoleId: `${Role.RoleId}:build-7`, Arn })
  assert.equal('PackedPolicySize' in answer, false)
  const identity = await service.sts<object>('GetCallerIdentity', {}, caller)
  assert.deepEqual(identity, { UserId: `${Role.RoleId}:build-7`, Account: ACCOUNT, Arn })
})

test('a session may what its role may, and no more', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  const { caller } = await assume(service, {}, ann)
  assert.match(await service.fault('GenerateRandom', { NumberOfBytes: 1 }, caller), /^AccessDenied/)
  await allow(service, 'deployer', 'kms:GenerateRandom')
  await service.ok('GenerateRandom', { NumberOfBytes: 1 }, caller)
  assert.match(await service.fault('CreateKey', {}, caller), /^AccessDenied/)
})

test('a trust policy that names the account leaves it to the user’s own policies', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  await createRole(service, 'shared', trust({ AWS: ACCOUNT }))
  const wanted = { ...WANTED, RoleArn: `arn:aws:iam::${ACCOUNT}:role/shared` }
  assert.equal(await service.stsFault('AssumeRole', wanted, ann), denied(ann, 'sts:AssumeRole', wanted.RoleArn))
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policyOf('sts:AssumeRole') })
  await service.sts('AssumeRole', wanted, ann)
})

test('whoever is not trusted is told nothing of the role, not even whether it exists', async () => {
  const { service } = await withRole()
  await using _ = service
  const bob = await service.user('bob')
  await service.iam('PutUserPolicy', { UserName: 'bob', PolicyName: 'p', PolicyDocument: policyOf('sts:*') })
  assert.equal(await service.stsFault('AssumeRole', WANTED, bob), denied(bob))
  for (const RoleArn of [
    `${ROLE}x`,
    ROLE.replace('/ops', ''),
    ROLE.replace('deployer', 'Deployer'),
    ROLE.replace(ACCOUNT, OTHER_ACCOUNT),
  ]) {
    assert.equal(
      await service.stsFault('AssumeRole', { ...WANTED, RoleArn }, bob),
      denied(bob, 'sts:AssumeRole', RoleArn),
    )
  }
  assert.match(
    await service.stsFault('AssumeRole', { ...WANTED, RoleArn: `arn:aws:iam::${ACCOUNT}:user/ann` }, bob),
    /^ValidationError: .* is invalid$/,
  )
})

test('another account’s user needs both: to be trusted, and to be allowed at home', async () => {
  const { service } = await withRole()
  await using _ = service
  const stranger = rootOf(OTHER_ACCOUNT)
  const { User } = await service.iam<{ User: { UserId: string; Arn: string } }>(
    'CreateUser',
    { UserName: 'eve' },
    stranger,
  )
  const principal = {
    type: 'IAMUser',
    principalId: User.UserId,
    accountId: OTHER_ACCOUNT,
    arn: User.Arn,
    userName: 'eve',
  } as const
  const eve: Caller = { ...stranger, principal, identityId: User.UserId, accessKeyId: 'AKIAEVE' }
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'deployer', PolicyDocument: trust({ AWS: User.Arn }) })
  assert.equal(await service.stsFault('AssumeRole', WANTED, eve), denied(eve))
  await service.iam(
    'PutUserPolicy',
    { UserName: 'eve', PolicyName: 'p', PolicyDocument: policyOf('sts:AssumeRole') },
    stranger,
  )
  await service.sts('AssumeRole', WANTED, eve)
})

test('whoever gets the name of a trusted user who was deleted is not trusted', async () => {
  const { service } = await withRole()
  await using _ = service
  await service.iam('DeleteUser', { UserName: 'ann' })
  const successor = await service.user('ann')
  assert.equal(await service.stsFault('AssumeRole', WANTED, successor), denied(successor))
})

test('roots assume no roles where policies are enforced', async () => {
  const { service } = await withRole()
  await using _ = service
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'deployer', PolicyDocument: trust({ AWS: ACCOUNT }) })
  assert.equal(
    await service.stsFault('AssumeRole', WANTED, rootOf(ACCOUNT)),
    'AccessDenied: Roles may not be assumed by root accounts.',
  )
})

test('where nothing is enforced, everybody assumes the roles of his own account', async () => {
  await using service = await TestService.open('off')
  await createRole(service, 'r', trust({ AWS: `arn:aws:iam::${ACCOUNT}:user/whoever` }))
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/r`
  await service.sts('AssumeRole', { ...WANTED, RoleArn }, rootOf(ACCOUNT))
  const other = rootOf(OTHER_ACCOUNT)
  assert.equal(
    await service.stsFault('AssumeRole', { ...WANTED, RoleArn }, other),
    denied(other, 'sts:AssumeRole', RoleArn),
  )
  assert.match(
    await service.stsFault('AssumeRole', { ...WANTED, RoleArn: `${RoleArn}x` }, rootOf(ACCOUNT)),
    /^AccessDenied/,
  )
})

describe('conditions of a trust policy', () => {
  const cases: [name: string, condition: object, right: object, wrong: object][] = [
    ['an external id', { StringEquals: { 'sts:ExternalId': 'e-1' } }, { ExternalId: 'e-1' }, { ExternalId: 'e-2' }],
    ['no external id', { Null: { 'sts:ExternalId': 'false' } }, { ExternalId: 'e-1' }, {}],
    ['a session name', { StringLike: { 'sts:RoleSessionName': 'build-*' } }, {}, { RoleSessionName: 'other' }],
    [
      'a tag',
      { StringEquals: { 'aws:RequestTag/team': 'red' } },
      { Tags: [{ Key: 'team', Value: 'red' }] },
      { Tags: [{ Key: 'team', Value: 'blue' }] },
    ],
    [
      'tag keys',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
      { Tags: [{ Key: 'team', Value: 'x' }] },
      { Tags: [{ Key: 'teams', Value: 'x' }] },
    ],
    [
      'a transitive tag key',
      { 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': 'team' } },
      { Tags: [{ Key: 'team', Value: 'x' }], TransitiveTagKeys: ['team'] },
      { Tags: [{ Key: 'team', Value: 'x' }] },
    ],
    [
      'a source identity',
      { StringEquals: { 'sts:SourceIdentity': 'ann' } },
      { SourceIdentity: 'ann' },
      { SourceIdentity: 'bob' },
    ],
    ['a tag of the role', { StringEquals: { 'iam:ResourceTag/stage': 'test' } }, { RoleArn: `${ROLE}-test` }, {}],
  ]
  for (const [name, condition, right, wrong] of cases) {
    test(name, async () => {
      const actions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
      const { service, ann } = await withRole(actions, condition)
      await using _ = service
      await createRole(service, 'deployer-test', trust({ AWS: ann.principal.arn }, actions, condition), {
        Path: '/ops/',
        Tags: [{ Key: 'stage', Value: 'test' }],
      })
      await service.sts('AssumeRole', { ...WANTED, ...right }, ann)
      assert.match(await service.stsFault('AssumeRole', { ...WANTED, ...wrong }, ann), /^AccessDenied/)
    })
  }
})

test('a session lasts as long as asked, and no longer than the role allows', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  const fault = 'ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
  assert.equal(await service.stsFault('AssumeRole', { ...WANTED, DurationSeconds: 7200 }, ann), fault)
  await service.iam('UpdateRole', { RoleName: 'deployer', MaxSessionDuration: 7200 })
  const { answer } = await assume(service, { DurationSeconds: 7200 }, ann)
  assert.equal(Date.parse(answer.Credentials.Expiration), service.clock.now() + 7_200_000)
  assert.match(await service.stsFault('AssumeRole', { ...WANTED, DurationSeconds: 899 }, ann), /^ValidationError/)
})

test('a role that assumes a role gets an hour at most', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  const next = trust({ AWS: ROLE })
  await createRole(service, 'next', next, { MaxSessionDuration: 43_200 })
  await allow(service, 'deployer', 'sts:AssumeRole')
  const { caller } = await assume(service, {}, ann)
  const wanted = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/next`, RoleSessionName: 'two' }
  assert.match(
    await service.stsFault('AssumeRole', { ...wanted, DurationSeconds: 3601 }, caller),
    /^ValidationError: .*1 hour session limit/,
  )
  const { answer } = await assume(service, { ...wanted, DurationSeconds: 3600 }, caller)
  assert.equal(answer.AssumedRoleUser.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/next/two`)
})

describe('session policies', () => {
  test('limit a session to what role and policy both allow', async () => {
    const { service, ann } = await withRole()
    await using _ = service
    await allow(service, 'deployer', ['kms:GenerateRandom', 'kms:ListKeys'])
    const { answer, caller } = await assume(
      service,
      { Policy: policyOf(['kms:GenerateRandom', 'kms:ListAliases']) },
      ann,
    )
    assert.ok(Number(answer.PackedPolicySize) >= 1 && Number(answer.PackedPolicySize) <= 100)
    await service.ok('GenerateRandom', { NumberOfBytes: 1 }, caller)
    assert.match(await service.fault('ListKeys', {}, caller), /no session policy allows the kms:ListKeys action/)
    assert.match(await service.fault('ListAliases', {}, caller), /no identity-based policy allows/)
  })

  test('may be managed policies, whose text of the moment counts', async () => {
    const { service, ann } = await withRole()
    await using _ = service
    await allow(service, 'deployer', 'kms:*')
    const { Policy } = await service.iam<{ Policy: { Arn: string } }>('CreatePolicy', {
      PolicyName: 'l',
      PolicyDocument: policyOf('kms:ListKeys'),
    })
    const { caller } = await assume(service, { PolicyArns: [{ arn: Policy.Arn }] }, ann)
    await service.ok('ListKeys', {}, caller)
    await service.iam('CreatePolicyVersion', {
      PolicyArn: Policy.Arn,
      PolicyDocument: policyOf('kms:ListAliases'),
      SetAsDefault: true,
    })
    assert.match(await service.fault('ListKeys', {}, caller), /no session policy allows/)
    await service.iam('DeletePolicyVersion', { PolicyArn: Policy.Arn, VersionId: 'v1' })
    await service.iam('DeletePolicy', { PolicyArn: Policy.Arn })
    assert.match(await service.fault('ListAliases', {}, caller), /explicit deny in a session policy/)
  })

  test('must be policies, and the account’s of the role', async () => {
    const { service, ann } = await withRole()
    await using _ = service
    assert.match(
      await service.stsFault('AssumeRole', { ...WANTED, Policy: '{"Statement":1}' }, ann),
      /^MalformedPolicyDocument: .*\$/,
    )
    for (const arn of [
      `arn:aws:iam::${ACCOUNT}:policy/none`,
      `arn:aws:iam::${OTHER_ACCOUNT}:policy/x`,
      'arn:aws:iam::aws:policy/Unknown',
    ]) {
      assert.match(await service.stsFault('AssumeRole', { ...WANTED, PolicyArns: [{ arn }] }, ann), /^ValidationError/)
    }
    await service.sts(
      'AssumeRole',
      { ...WANTED, PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }] },
      ann,
    )
  })

  test('fill a token only so far that a header can carry it', async () => {
    const { service, ann } = await withRole(['sts:AssumeRole', 'sts:TagSession'])
    await using _ = service
    const tags = (count: number): object[] =>
      Array.from({ length: count }, (_, index) => ({ Key: `key-${index}`.padEnd(100, 'k'), Value: 'v'.repeat(200) }))
    assert.match(await service.stsFault('AssumeRole', { ...WANTED, Tags: tags(50) }, ann), /^PackedPolicyTooLarge/)
    const { answer } = await assume(service, { Tags: tags(20) }, ann)
    assert.ok(answer.Credentials.SessionToken.length < 12_000)
  })
})

describe('session tags', () => {
  test('need an action of their own, and are the principal’s tags, over those of the role', async () => {
    const { service, ann } = await withRole()
    await using _ = service
    await service.iam('TagRole', {
      RoleName: 'deployer',
      Tags: [
        { Key: 'Team', Value: 'blue' },
        { Key: 'stage', Value: 'test' },
      ],
    })
    const tagged = { ...WANTED, Tags: [{ Key: 'team', Value: 'red' }] }
    assert.equal(await service.stsFault('AssumeRole', tagged, ann), denied(ann, 'sts:TagSession'))
    const PolicyDocument = trust({ AWS: ann.principal.arn }, ['sts:AssumeRole', 'sts:TagSession'])
    await service.iam('UpdateAssumeRolePolicy', { RoleName: 'deployer', PolicyDocument })
    const { caller } = await assume(service, tagged, ann)
    await allow(service, 'deployer', 'kms:ListKeys', {
      StringEquals: { 'aws:PrincipalTag/team': 'red', 'aws:PrincipalTag/stage': 'test' },
    })
    await service.ok('ListKeys', {}, caller)
    await allow(service, 'deployer', 'kms:ListKeys', { StringEquals: { 'aws:PrincipalTag/team': 'blue' } })
    assert.match(await service.fault('ListKeys', {}, caller), /^AccessDenied/)
  })

  test('that are transitive go on to the sessions made from this one, where nobody changes them', async () => {
    const { service, ann } = await withRole(['sts:AssumeRole', 'sts:TagSession'])
    await using _ = service
    const Tags = [
      { Key: 'team', Value: 'red' },
      { Key: 'own', Value: 'x' },
    ]
    const { caller: first } = await assume(service, { Tags, TransitiveTagKeys: ['Team'] }, ann)
    await allow(service, 'deployer', 'sts:*')
    const next = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/next`, RoleSessionName: 'two' }
    await createRole(service, 'next', trust({ AWS: ROLE }))
    assert.equal(await service.stsFault('AssumeRole', next, first), denied(first, 'sts:TagSession', next.RoleArn))
    await service.iam('UpdateAssumeRolePolicy', {
      RoleName: 'next',
      PolicyDocument: trust({ AWS: ROLE }, ['sts:AssumeRole', 'sts:TagSession']),
    })
    const clash = { ...next, Tags: [{ Key: 'TEAM', Value: 'blue' }] }
    assert.match(await service.stsFault('AssumeRole', clash, first), /^ValidationError: .*transitive/)
    const { caller: second } = await assume(service, next, first)
    assert.deepEqual(second.session?.tags, [{ TagKey: 'team', TagValue: 'red' }])
    const { caller: third } = await assume(service, { ...next, RoleSessionName: 'xx', RoleArn: ROLE }, ann)
    assert.deepEqual(third.session?.tags, [])
  })

  test('must be well-formed', async () => {
    const { service, ann } = await withRole(['sts:AssumeRole', 'sts:TagSession'])
    await using _ = service
    const fault = (input: object): Promise<string> => service.stsFault('AssumeRole', { ...WANTED, ...input }, ann)
    assert.match(
      await fault({
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'A', Value: '' },
        ],
      }),
      /^ValidationError: Duplicate tag keys/,
    )
    assert.match(await fault({ Tags: [{ Key: 'aws:x', Value: '' }] }), /^ValidationError: .*reserved/)
    assert.match(
      await fault({ Tags: [{ Key: 'a', Value: '' }], TransitiveTagKeys: ['b'] }),
      /^ValidationError: .*must be included/,
    )
  })
})

test('a source identity needs an action of its own, and stays through all sessions', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  const named = { ...WANTED, SourceIdentity: 'ann@example.com' }
  assert.equal(await service.stsFault('AssumeRole', named, ann), denied(ann, 'sts:SetSourceIdentity'))
  const both = ['sts:AssumeRole', 'sts:SetSourceIdentity']
  await service.iam('UpdateAssumeRolePolicy', {
    RoleName: 'deployer',
    PolicyDocument: trust({ AWS: ann.principal.arn }, both),
  })
  const { answer, caller } = await assume(service, named, ann)
  assert.equal(answer.SourceIdentity, 'ann@example.com')
  await allow(service, 'deployer', ['sts:*', 'kms:ListKeys'], {
    StringEquals: { 'aws:SourceIdentity': 'ann@example.com' },
  })
  await service.ok('ListKeys', {}, caller)

  await createRole(service, 'next', trust({ AWS: ROLE }))
  const next = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/next`, RoleSessionName: 'two' }
  assert.equal(
    await service.stsFault('AssumeRole', next, caller),
    denied(caller, 'sts:SetSourceIdentity', next.RoleArn),
  )
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'next', PolicyDocument: trust({ AWS: ROLE }, both) })
  const second = await assume(service, next, caller)
  assert.equal(second.answer.SourceIdentity, 'ann@example.com')
  assert.equal(second.caller.session?.sourceIdentity, 'ann@example.com')
  assert.match(
    await service.stsFault('AssumeRole', { ...next, SourceIdentity: 'bob' }, caller),
    /^AccessDenied: .*cannot be changed/,
  )
})

test('what this server does not have is refused by name', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  const fault = (input: object): Promise<string> => service.stsFault('AssumeRole', { ...WANTED, ...input }, ann)
  assert.match(
    await fault({ SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/x`, TokenCode: '123456' }),
    /^AccessDenied: MultiFactorAuthentication/,
  )
  assert.match(await fault({ MinimumSessionTokenSize: 100 }), /^UnsupportedOperation: MinimumSessionTokenSize/)
  assert.match(
    await fault({
      ProvidedContexts: [{ ProviderArn: 'arn:aws:iam::aws:contextProvider/x', ContextAssertion: 'xxxx' }],
    }),
    /^UnsupportedOperation: ProvidedContexts/,
  )
})
