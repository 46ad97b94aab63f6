import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT } from '../../support/service.ts'
import { trust } from '../../support/sessions.ts'
import { allow, assume, createRole, denied, ROLE, WANTED, withRole } from './roles.ts'

test('session tags need an action of their own, and are the principal’s tags, over those of the role', async () => {
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

test('transitive tags are passed on to the sessions made from this one, where they cannot be changed', async () => {
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

test('session tags must be well-formed', async () => {
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
