/** A managed policy that has the name of one that is gone, and those that referred to the first. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { rolePrincipal } from '../../../../src/identity/accounts/principals.ts'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import type { RoleRecord } from '../../../../src/vault/records/principal.ts'
import { issueSession } from '../../../../src/identity/accounts/issue-session.ts'
import { ACCOUNT, REGION, rootOf, TestService } from '../../../support/service.ts'
import { trust, type Temporary, whoSigns } from '../../../support/sessions.ts'
import { allow, arnOf, document, listOf } from '../support.ts'

const LIMITS = arnOf('policy/limits')
const DENIAL = document({ Effect: 'Deny', Action: 'kms:DescribeKey', Resource: '*' }, allow('*'))

async function makeLimits(service: TestService, PolicyDocument: string): Promise<string> {
  const input = { PolicyName: 'limits', PolicyDocument }
  const { Policy } = await service.iam<{ Policy: { Arn: string; PolicyId: string } }>('CreatePolicy', input)
  assert.equal(Policy.Arn, LIMITS)
  return Policy.PolicyId
}

/** What an attacker does who can write the database and lacks the root. */
async function removeRows(service: TestService, policyId: string): Promise<void> {
  const { store, random, directory } = service.services
  const rows = [
    { table: 'managed_policy' as const, id: policyId },
    { table: 'entity_name' as const, id: `${ACCOUNT}/policy/limits` },
  ]
  await store.commit({ id: random.uuid(), expect: [], put: [], delete: rows, audit: [] })
  await directory.catchUp()
}

async function roleCaller(service: TestService): Promise<Caller> {
  const input = { RoleName: 'bound', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) }
  const { Role } = await service.iam<{ Role: { RoleId: string } }>('CreateRole', input)
  await service.services.directory.catchUp()
  const role = (await service.services.directory.principal(Role.RoleId))?.value as RoleRecord
  return { ...rolePrincipal(role, 'session'), accessKeyId: 'ASIATEST', region: REGION, service: 'kms' }
}

/** How a principal has a policy: who asks, and how it is given, shown and removed. */
interface Reference {
  title: string
  kind: 'user' | 'role'
  give: [IamOperationName, object]
  show: [IamOperationName, object]
  take: [IamOperationName, object]
}

const name = (kind: 'user' | 'role'): object => (kind === 'user' ? { UserName: 'bound' } : { RoleName: 'bound' })

const REFERENCES: readonly Reference[] = [
  ...(['user', 'role'] as const).flatMap((kind): Reference[] => {
    const title = kind === 'user' ? 'User' : 'Role'
    return [
      {
        title: `attached to a ${kind}`,
        kind,
        give: [`Attach${title}Policy`, { ...name(kind), PolicyArn: LIMITS }],
        show: [`ListAttached${title}Policies`, name(kind)],
        take: [`Detach${title}Policy`, { ...name(kind), PolicyArn: LIMITS }],
      },
      {
        title: `the boundary of a ${kind}`,
        kind,
        give: [`Put${title}PermissionsBoundary`, { ...name(kind), PermissionsBoundary: LIMITS }],
        show: [`Get${title}`, name(kind)],
        take: [`Delete${title}PermissionsBoundary`, name(kind)],
      },
    ]
  }),
  {
    title: 'attached to the group of a user',
    kind: 'user',
    give: ['AttachGroupPolicy', { GroupName: 'all', PolicyArn: LIMITS }],
    show: ['ListAttachedGroupPolicies', { GroupName: 'all' }],
    take: ['DetachGroupPolicy', { GroupName: 'all', PolicyArn: LIMITS }],
  },
]

for (const { title, kind, give, show, take } of REFERENCES) {
  describe(`a policy that is ${title}`, () => {
    test('is missed when it is gone, and is not replaced by one that gets its name', async () => {
      await using service = await TestService.open('on')
      const caller = kind === 'user' ? await service.user('bound') : await roleCaller(service)
      await service.iam('CreateGroup', { GroupName: 'all' })
      if (kind === 'user') await service.iam('AddUserToGroup', { GroupName: 'all', UserName: 'bound' })
      const PolicyName = 'own'
      const own = { ...name(kind), PolicyName, PolicyDocument: document(allow('kms:*')) }
      await service.iam(kind === 'user' ? 'PutUserPolicy' : 'PutRolePolicy', own)
      const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
      await service.ok('DescribeKey', { KeyId }, caller)
      const first = await makeLimits(service, DENIAL)
      await service.iam(...give)
      assert.match(await service.fault('DescribeKey', { KeyId }, caller), /^AccessDeniedException/)
      assert.ok(JSON.stringify(await service.iam<object>(...show)).includes(LIMITS))
      await removeRows(service, first)
      assert.match(await service.fault('DescribeKey', { KeyId }, caller), /^KMSInternalException/)
      const second = await makeLimits(service, document(allow('*')))
      assert.match(await service.fault('DescribeKey', { KeyId }, caller), /^KMSInternalException/)
      const shown = JSON.stringify(await service.iam<object>(...show))
      assert.ok(shown.includes(first) && !shown.includes(LIMITS), shown)
      assert.deepEqual(await entitiesFor(service), [], second)
      await service.iam(...take)
      await service.ok('DescribeKey', { KeyId }, caller)
      await service.iam(...give)
      assert.equal((await entitiesFor(service)).length, 1)
      await service.iam(...take)
      await service.iam('DeletePolicy', { PolicyArn: LIMITS })
    })
  })
}

async function entitiesFor(service: TestService): Promise<object[]> {
  const answer = await service.iam<Record<string, unknown>>('ListEntitiesForPolicy', { PolicyArn: LIMITS })
  return ['PolicyUsers', 'PolicyRoles', 'PolicyGroups'].flatMap((member) => listOf<object>(answer[member]))
}

test('a session whose policy was deleted may do nothing, also when another policy has the name', async () => {
  await using service = await TestService.open('on')
  await roleCaller(service)
  const inline = { RoleName: 'bound', PolicyName: 'own', PolicyDocument: document(allow('kms:*')) }
  await service.iam('PutRolePolicy', inline)
  const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
  const first = await makeLimits(service, document(allow('kms:GetKeyPolicy')))
  const chief = await service.user('chief')
  await service.iam('PutUserPolicy', { UserName: 'chief', PolicyName: 'own', PolicyDocument: document(allow('sts:*')) })
  const { Credentials } = await service.sts<{ Credentials: Temporary }>(
    'AssumeRole',
    { RoleArn: arnOf('role/bound'), RoleSessionName: 'limited', PolicyArns: [{ arn: LIMITS }] },
    chief,
  )
  const session = await whoSigns(service, Credentials)
  assert.deepEqual(session.session?.managedPolicies, [{ arn: LIMITS, id: first }])
  await service.ok('GetKeyPolicy', { KeyId }, session)
  await service.iam('DeletePolicy', { PolicyArn: LIMITS })
  await makeLimits(service, document(allow('*')))
  for (const operation of ['GetKeyPolicy', 'DescribeKey'] as const) {
    assert.match(await service.fault(operation, { KeyId }, session), /^AccessDeniedException/)
  }
})

test('a session of an earlier build, which names its policies by their ARNs alone, goes on', async () => {
  await using service = await TestService.open('on')
  const caller = await roleCaller(service)
  const inline = { RoleName: 'bound', PolicyName: 'own', PolicyDocument: document(allow('kms:*')) }
  await service.iam('PutRolePolicy', inline)
  const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
  await makeLimits(service, document(allow('kms:GetKeyPolicy')))
  const nowMs = service.clock.now()
  const claims = {
    kind: 'role',
    principalId: caller.identityId ?? '',
    accountId: ACCOUNT,
    sessionName: 'old-session',
    issuedMs: nowMs,
    expiresMs: nowMs + 3_600_000,
    tags: [],
    transitiveTagKeys: [],
    policyArns: [LIMITS],
  } as const
  const { AccessKeyId, SecretAccessKey, SessionToken } = await issueSession(claims, [], service.services)
  const secret = Buffer.from(SecretAccessKey.reveal()).toString()
  const session = await whoSigns(service, { AccessKeyId, SecretAccessKey: secret, SessionToken })
  await service.ok('GetKeyPolicy', { KeyId }, session)
  assert.match(await service.fault('DescribeKey', { KeyId }, session), /^AccessDeniedException/)
})
