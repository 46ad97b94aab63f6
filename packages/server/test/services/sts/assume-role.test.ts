import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { policyOf, trust } from '../../support/sessions.ts'
import { allow, assume, createRole, denied, ROLE, WANTED, withRole } from './roles.ts'

test('a principal that a role’s trust policy names gets credentials of the role', async () => {
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

test('a principal that is not trusted learns nothing about the role, not even whether it exists', async () => {
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

test('a new user with the name of a trusted user who was deleted is not trusted', async () => {
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

test('without enforcement, every caller can assume the roles of its own account', async () => {
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
