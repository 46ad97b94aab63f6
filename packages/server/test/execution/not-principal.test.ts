import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { canI } from '../../src/admin/access/can-i.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { assumedRoleArn } from '../../src/identity/accounts/entity-arns.ts'
import { rolePrincipal } from '../../src/identity/accounts/principals.ts'
import { ACCOUNT, rootOf, TestService } from '../support/service.ts'
import { policyOf, trust } from '../support/sessions.ts'

/** A key whose policy denies all but the user and the session, each listed in all of its forms. */
let service: TestService
let arn: string
let user: Caller
let session: Caller

before(async () => {
  service = await TestService.open('on')
  user = { ...(await service.user('alice')), service: 'kms' }
  await service.iam('CreateRole', { RoleName: 'jobs', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) })
  await service.iam('CreatePolicy', { PolicyName: 'all', PolicyDocument: policyOf('*') })
  session = await sessionOf('jobs')
  const role = session.principal.role?.arn ?? ''
  const sessionArn = assumedRoleArn({ accountId: ACCOUNT, roleName: 'jobs', sessionName: 'night' })
  const root = `arn:aws:iam::${ACCOUNT}:root`
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: [root, user.principal.arn, role] }, Action: 'kms:*', Resource: '*' },
    {
      Effect: 'Deny',
      NotPrincipal: { AWS: [root, user.principal.arn, role, sessionArn] },
      Action: 'kms:DescribeKey',
      Resource: '*',
    },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  arn = (await service.createKey({ Policy }, { ...rootOf(ACCOUNT), service: 'kms' })).arn
})
after(() => service[Symbol.asyncDispose]())

test('a Deny with NotPrincipal exempts listed principals only as long as they have no permissions boundary', async () => {
  const PermissionsBoundary = `arn:aws:iam::${ACCOUNT}:policy/all`
  const denied = /^AccessDeniedException: .* with an explicit deny in a resource-based policy/
  await service.ok('DescribeKey', { KeyId: arn }, user)
  await service.iam('PutUserPermissionsBoundary', { UserName: 'alice', PermissionsBoundary })
  assert.match(await service.fault('DescribeKey', { KeyId: arn }, user), denied)
  const asked = await canI({ key: arn, action: 'DescribeKey' }, user.principal.arn, service.services)
  assert.deepEqual([asked.allowed, asked.reason], [false, 'denied-by-resource-policy'])
  await service.iam('DeleteUserPermissionsBoundary', { UserName: 'alice' })
  await service.ok('DescribeKey', { KeyId: arn }, user)
})

test("a session has its role's boundary", async () => {
  const PermissionsBoundary = `arn:aws:iam::${ACCOUNT}:policy/all`
  await service.ok('DescribeKey', { KeyId: arn }, session)
  await service.iam('PutRolePermissionsBoundary', { RoleName: 'jobs', PermissionsBoundary })
  assert.match(await service.fault('DescribeKey', { KeyId: arn }, session), /with an explicit deny in a resource-based/)
  await service.iam('DeleteRolePermissionsBoundary', { RoleName: 'jobs' })
  await service.ok('DescribeKey', { KeyId: arn }, session)
})

async function sessionOf(RoleName: string): Promise<Caller> {
  const { Role } = await service.iam<{ Role: { RoleId: string } }>('GetRole', { RoleName })
  await service.services.directory.catchUp()
  const entry = await service.services.directory.principal(Role.RoleId)
  if (entry?.value.type !== 'Role') throw new Error(`no role ${RoleName}`)
  return { ...rolePrincipal(entry.value, 'night'), accessKeyId: 'ASIATEST', region: user.region, service: 'kms' }
}
