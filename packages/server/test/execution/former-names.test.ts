/** After UpdateUser and UpdateGroup, nothing that is answered, decided or recorded says the former names. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { canI } from '../../src/admin/access/can-i.ts'
import { explainRequest } from '../../src/admin/access/explain-request.ts'
import { whoCan } from '../../src/admin/access/who-can.ts'
import { toCloudTrail } from '../../src/audit/cloudtrail.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { contextOf, lastRecord } from '../admin/access/support/access.ts'
import { policyOf, rootOf } from '../support/identities.ts'
import { ACCOUNT } from '../support/service.ts'
import { type Temporary, trust, whoSigns } from '../support/sessions.ts'
import { makeThings, queryBase } from './substitution/query-inputs.ts'
import { SubstitutionWorld } from './substitution/world.ts'

const FORMER = /former/i

/** A user, and what names the user or belongs to the user. */
async function openRenamed() {
  const world = await SubstitutionWorld.open()
  const { service, admin } = world
  const things = await makeThings(world, admin)
  const [RoleName, user, group] = [things.RoleName, { UserName: 'FormerUser' }, { GroupName: 'FormerGroup' }]
  const iam = <T>(name: IamOperationName, input: object): Promise<T> => service.iam<T>(name, input, admin)
  await iam('UpdateUser', { UserName: things.UserName, NewUserName: user.UserName })
  await iam('UpdateGroup', { GroupName: things.GroupName, NewGroupName: group.GroupName })
  const { User } = await iam<{ User: { Arn: string; UserId: string } }>('GetUser', user)
  await iam('AddUserToGroup', { ...user, ...group })
  for (const [operation, holder] of [
    ['AttachUserPolicy', user],
    ['AttachGroupPolicy', group],
  ] as const) {
    await iam(operation, { ...holder, PolicyArn: things.PolicyArn })
  }
  await iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust({ AWS: User.Arn }) })
  const use = { Effect: 'Allow', Principal: { AWS: User.Arn }, Action: 'kms:DescribeKey', Resource: '*' }
  const administer = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const { arn: KeyId } = await service.createKey({ Policy: policyOf(administer, use) }, rootOf())
  const parties = { GranteePrincipal: User.Arn, RetiringPrincipal: User.Arn }
  await service.ok('CreateGrant', { KeyId, ...parties, Operations: ['Decrypt'] }, rootOf())
  const { AccessKey } = await iam<{ AccessKey: Temporary }>('CreateAccessKey', user)
  const caller = await whoSigns(service, AccessKey)
  const { Credentials } = await service.sts<{ Credentials: Temporary }>('GetSessionToken', {}, caller)
  const asked = await service.ok('DescribeKey', { KeyId }, caller)
  assert.ok(asked)
  const { requestId } = await lastRecord(service)

  await iam('UpdateUser', { ...user, NewUserName: 'Ann', NewPath: '/now/' })
  await iam('UpdateGroup', { ...group, NewGroupName: 'Team' })
  const arn = `arn:aws:iam::${ACCOUNT}:user/now/Ann`
  const renamed = { ...things, UserName: 'Ann', GroupName: 'Team', PolicySourceArn: arn }
  return { world, service, KeyId, User, arn, things: renamed, signing: { AccessKey, Credentials }, requestId }
}

test('what is read, decided and recorded after a user and a group were renamed says their present names', async () => {
  const { world, service, KeyId, User, arn, things, signing, requestId } = await openRenamed()
  await using _ = world
  const said: [what: string, text: unknown][] = []

  for (const [name, { readOnly }] of OPERATIONS.of('iam')) {
    if (!readOnly) continue
    const operation = { service: 'iam', name: name as IamOperationName } as const
    const input = await queryBase(operation, world, things, world.admin)
    const { status, body } = await service.query('iam', operation.name, input, world.admin)
    // Of what no user here has, there is nothing to read: a password, for one.
    assert.ok(status === 200 || body['Code'] === 'NoSuchEntity', `${name}: ${JSON.stringify(body)}`)
    said.push([name, body])
  }
  said.push(
    ['GetKeyPolicy', await service.ok('GetKeyPolicy', { KeyId }, rootOf())],
    ['ListGrants', await service.ok('ListGrants', { KeyId, GranteePrincipal: arn }, rootOf())],
    ['ListRetirableGrants', await service.ok('ListRetirableGrants', { RetiringPrincipal: arn }, rootOf())],
  )
  for (const [how, credentials] of Object.entries(signing)) {
    const caller = await whoSigns(service, credentials)
    said.push([`GetCallerIdentity ${how}`, await service.sts('GetCallerIdentity', {}, caller)])
    await service.ok('DescribeKey', { KeyId }, caller)
    said.push([`record ${how}`, toCloudTrail(await lastRecord(service))])
    said.push([`denial ${how}`, await service.fault('DisableKey', { KeyId }, caller)])
  }
  const question = { key: KeyId, action: 'DescribeKey' }
  const able = await Array.fromAsync(whoCan(question, service.services))
  said.push(['who-can', able], ['can-i', await canI(question, User.UserId, service.services)])
  for (const [what, text] of said) assert.doesNotMatch(decodeURIComponent(JSON.stringify(text)), FORMER, what)

  // The user is in what ought to name the user.
  const naming = said.filter(([, text]) => decodeURIComponent(JSON.stringify(text)).includes(arn)).map(([what]) => what)
  const wanted = [
    'GetUser',
    'ListUsers',
    'GetGroup',
    'GetRole',
    'ListRoles',
    'GetKeyPolicy',
    'ListGrants',
    'who-can',
    'can-i',
  ]
  assert.deepEqual(
    wanted.filter((what) => !naming.includes(what)),
    [],
  )
  // What was recorded stays, with the present name beside it.
  const report = await explainRequest(requestId, contextOf(service))
  assert.deepEqual([report.principal, report.renamed], [User.Arn, arn])
  await assert.rejects(canI(question, User.Arn, service.services), /There is no principal/)
})
