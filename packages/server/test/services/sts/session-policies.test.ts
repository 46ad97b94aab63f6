import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, OTHER_ACCOUNT, rootOf } from '../../support/service.ts'
import { policyOf } from '../../support/sessions.ts'
import { allow, assume, WANTED, withRole } from './roles.ts'

test('session policies limit a session to what role and policy both allow', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  await allow(service, 'deployer', ['kms:GenerateRandom', 'kms:ListKeys'])
  const { answer, caller } = await assume(service, { Policy: policyOf(['kms:GenerateRandom', 'kms:ListAliases']) }, ann)
  assert.ok(Number(answer.PackedPolicySize) >= 1 && Number(answer.PackedPolicySize) <= 100)
  await service.ok('GenerateRandom', { NumberOfBytes: 1 }, caller)
  assert.match(await service.fault('ListKeys', {}, caller), /no session policy allows the kms:ListKeys action/)
  assert.match(await service.fault('ListAliases', {}, caller), /no identity-based policy allows/)
})

test('session policies may be managed policies, whose text of the moment counts', async () => {
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

test("session policies may be AWS's managed policies, those for roles of services included", async () => {
  const { service, ann } = await withRole()
  await using _ = service
  await allow(service, 'deployer', 'kms:*')
  const arns = ['ReadOnlyAccess', 'aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy']
  const PolicyArns = arns.map((name) => ({ arn: `arn:aws:iam::aws:policy/${name}` }))
  const { caller } = await assume(service, { PolicyArns }, ann)
  await service.ok('ListKeys', {}, caller)
  assert.match(await service.fault('CreateKey', {}, caller), /no session policy allows the kms:CreateKey action/)
})

test('session policies must be policies, and the account’s of the role', async () => {
  const { service, ann } = await withRole()
  await using _ = service
  assert.match(
    await service.stsFault('AssumeRole', { ...WANTED, Policy: '{"Statement":1}' }, ann),
    /^MalformedPolicyDocument: .*\$/,
  )
  const theirs = { PolicyName: 'x', PolicyDocument: policyOf('kms:*') }
  await service.iam('CreatePolicy', theirs, rootOf(OTHER_ACCOUNT))
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

test('policies and tags fill a token only so far that a header can carry it', async () => {
  const { service, ann } = await withRole(['sts:AssumeRole', 'sts:TagSession'])
  await using _ = service
  const tags = (count: number): object[] =>
    Array.from({ length: count }, (_, index) => ({ Key: `key-${index}`.padEnd(100, 'k'), Value: 'v'.repeat(200) }))
  assert.match(await service.stsFault('AssumeRole', { ...WANTED, Tags: tags(50) }, ann), /^PackedPolicyTooLarge/)
  const { answer } = await assume(service, { Tags: tags(20) }, ann)
  assert.ok(answer.Credentials.SessionToken.length < 12_000)
})
