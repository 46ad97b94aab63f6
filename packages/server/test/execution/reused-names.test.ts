/** Names of users, roles and policies that are used a second time: what was bound to the first owner is not the second's. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { GrantRecord } from '../../src/domain/policy/grant-record.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { rolePrincipal } from '../../src/identity/accounts/principals.ts'
import type { RoleRecord } from '../../src/vault/records/principal.ts'
import { addGrant } from '../../src/vault/records/grant-rows.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { policyOf } from '../support/identities.ts'
import { trust } from '../support/sessions.ts'
import { ACCOUNT, REGION, rootOf, TestService } from '../support/service.ts'

const DELEGATE = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
const INVALID_IN_KEY_POLICY =
  'MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.'
const invalidInTrust = (name: string): string => `MalformedPolicyDocument: Invalid principal in policy: "AWS":"${name}"`

/** A user, a role or a role's session that can be deleted and made again under its name. */
interface Reusable {
  kind: string
  /** How documents name it. */
  arn: string
  make(service: TestService): Promise<{ id: string; caller: Caller }>
  remove(service: TestService): Promise<unknown>
}

async function makeRole(service: TestService): Promise<{ id: string; caller: Caller }> {
  const input = { RoleName: 'app', Path: '/team/', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) }
  const { Role } = await service.iam<{ Role: { RoleId: string } }>('CreateRole', input)
  await service.services.directory.catchUp()
  const role = (await service.services.directory.principal(Role.RoleId))?.value as RoleRecord
  const caller = { ...rolePrincipal(role, 'session'), accessKeyId: 'ASIATEST', region: REGION, service: 'kms' }
  return { id: role.principalId, caller }
}

const REUSABLE: readonly Reusable[] = [
  {
    kind: 'user',
    arn: `arn:aws:iam::${ACCOUNT}:user/team/app`,
    async make(service) {
      const caller = await service.user('app', '/team/')
      return { id: caller.principal.principalId, caller }
    },
    remove: (service) => service.iam('DeleteUser', { UserName: 'app' }),
  },
  {
    kind: 'role',
    arn: `arn:aws:iam::${ACCOUNT}:role/team/app`,
    make: makeRole,
    remove: (service) => service.iam('DeleteRole', { RoleName: 'app' }),
  },
  {
    kind: 'role session',
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/app/session`,
    async make(service) {
      const { id, caller } = await makeRole(service)
      return { id: `${id}:session`, caller }
    },
    remove: (service) => service.iam('DeleteRole', { RoleName: 'app' }),
  },
]

const keyPolicyOf = async (service: TestService, KeyId: string): Promise<string> =>
  (await service.ok<{ Policy: string }>('GetKeyPolicy', { KeyId }, rootOf(ACCOUNT))).Policy

const trustOf = async (service: TestService): Promise<string> => {
  const { Role } = await service.iam<{ Role: { AssumeRolePolicyDocument: string } }>('GetRole', {
    RoleName: 'trusting',
  })
  return decodeURIComponent(Role.AssumeRolePolicyDocument)
}

for (const { kind, arn, make, remove } of REUSABLE) {
  describe(`after a ${kind} was deleted and made again`, () => {
    test('a key policy shows the id of the first, is refused when it is put back, and gives the second nothing', async () => {
      await using service = await TestService.open('on')
      const first = await make(service)
      const statements = (name: string): object[] => [
        DELEGATE,
        { Effect: 'Allow', Principal: { AWS: [name] }, Action: 'kms:DescribeKey', Resource: '*' },
        { Effect: 'Deny', NotPrincipal: { AWS: [ACCOUNT, name] }, Action: 'kms:Sign', Resource: '*' },
      ]
      const Policy = policyOf(...statements(arn))
      const { arn: KeyId } = await service.createKey({ Policy }, rootOf(ACCOUNT))
      assert.equal(await keyPolicyOf(service, KeyId), Policy)
      await service.ok('DescribeKey', { KeyId }, first.caller)
      await remove(service)
      const gone = policyOf(...statements(first.id))
      assert.equal(await keyPolicyOf(service, KeyId), gone)
      const second = await make(service)
      const primary = await service.createKey({ MultiRegion: true }, rootOf(ACCOUNT))
      assert.equal(await keyPolicyOf(service, KeyId), gone)
      for (const id of [first.id, second.id]) {
        const put = { KeyId, Policy: policyOf(...statements(id)) }
        assert.equal(await service.fault('PutKeyPolicy', put, rootOf(ACCOUNT)), INVALID_IN_KEY_POLICY)
        assert.equal(await service.fault('CreateKey', { Policy: put.Policy }, rootOf(ACCOUNT)), INVALID_IN_KEY_POLICY)
        const replicate = { KeyId: primary.arn, ReplicaRegion: 'eu-west-1', Policy: put.Policy }
        assert.equal(await service.fault('ReplicateKey', replicate, rootOf(ACCOUNT)), INVALID_IN_KEY_POLICY)
      }
      assert.match(await service.fault('DescribeKey', { KeyId }, second.caller), /^AccessDeniedException/)
    })

    test('a trust policy shows the id of the first and is refused when it is put back', async () => {
      await using service = await TestService.open('on')
      const first = await make(service)
      await service.iam('CreateRole', { RoleName: 'trusting', AssumeRolePolicyDocument: trust({ AWS: arn }) })
      assert.equal(await trustOf(service), trust({ AWS: arn }))
      const assume = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/trusting`, RoleSessionName: 'chained' }
      await service.sts('AssumeRole', assume, first.caller)
      await remove(service)
      const second = await make(service)
      assert.equal(await trustOf(service), trust({ AWS: first.id }))
      const { Roles } = await service.iam<{ Roles: { RoleName: string; AssumeRolePolicyDocument: string }[] }>(
        'ListRoles',
        {},
      )
      const listed = [Roles].flat().find(({ RoleName }) => RoleName === 'trusting')
      assert.equal(decodeURIComponent(listed?.AssumeRolePolicyDocument ?? ''), trust({ AWS: first.id }))
      for (const id of [first.id, second.id]) {
        const document = trust({ AWS: id })
        const update = { RoleName: 'trusting', PolicyDocument: document }
        assert.equal(await service.iamFault('UpdateAssumeRolePolicy', update), invalidInTrust(id))
        const create = { RoleName: 'another', AssumeRolePolicyDocument: document }
        assert.equal(await service.iamFault('CreateRole', create), invalidInTrust(id))
      }
      assert.match(await service.stsFault('AssumeRole', assume, second.caller), /^AccessDenied/)
    })

    test('its grants show the id of the first, and the second neither uses, lists nor retires them', async () => {
      await using service = await TestService.open('on')
      const first = await make(service)
      const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
      const parties = { GranteePrincipal: arn, RetiringPrincipal: arn }
      const wanted = { KeyId, ...parties, Operations: ['DescribeKey'], Name: 'one' }
      const { GrantId, GrantToken } = await service.ok('CreateGrant', wanted, rootOf(ACCOUNT))
      const list = async (input: object = {}): Promise<object[]> => {
        const answer = await service.ok<{ Grants: object[] }>('ListGrants', { KeyId, ...input }, rootOf(ACCOUNT))
        return answer.Grants
      }
      const retirable = async (): Promise<object[]> => {
        const input = { RetiringPrincipal: arn }
        return (await service.ok<{ Grants: object[] }>('ListRetirableGrants', input, rootOf(ACCOUNT))).Grants
      }
      assert.partialDeepStrictEqual(await list({ GranteePrincipal: arn }), [{ GrantId, ...parties }])
      assert.partialDeepStrictEqual(await retirable(), [{ GrantId, ...parties }])
      await service.ok('DescribeKey', { KeyId }, first.caller)
      await remove(service)
      const second = await make(service)
      const gone = { GrantId, GranteePrincipal: first.id, RetiringPrincipal: first.id }
      assert.partialDeepStrictEqual(await list(), [gone])
      assert.partialDeepStrictEqual(await list({ GrantId }), [gone])
      assert.partialDeepStrictEqual(await list({ GranteePrincipal: first.id }), [gone])
      assert.deepEqual([await list({ GranteePrincipal: arn }), await retirable()], [[], []])
      for (const input of [{ KeyId }, { KeyId, GrantTokens: [GrantToken] }]) {
        assert.match(await service.fault('DescribeKey', input, second.caller), /^AccessDeniedException/)
      }
      assert.match(await service.fault('RetireGrant', { KeyId, GrantId }, second.caller), /^AccessDeniedException/)
      assert.match(await service.fault('RetireGrant', { GrantToken }, second.caller), /^AccessDeniedException/)
      for (const id of [first.id, second.id]) {
        for (const input of [{ GranteePrincipal: id }, { GranteePrincipal: arn, RetiringPrincipal: id }]) {
          assert.match(
            await service.fault('CreateGrant', { KeyId, Operations: ['DescribeKey'], ...input }, rootOf(ACCOUNT)),
            /^InvalidArnException: ARN does not refer to a valid principal/,
          )
        }
      }
      // The same words ask for another grant now.
      const renewed = await service.ok('CreateGrant', wanted, rootOf(ACCOUNT))
      assert.notEqual(renewed['GrantId'], GrantId)
      await service.ok('DescribeKey', { KeyId }, second.caller)
      assert.partialDeepStrictEqual(await list({ GranteePrincipal: arn }), [
        { GrantId: renewed['GrantId'], ...parties },
      ])
      await service.ok('RevokeGrant', { KeyId, GrantId }, rootOf(ACCOUNT))
      assert.equal((await list()).length, 1)
    })
  })
}

test('a user who is renamed keeps what names them, and documents and grants show the new name', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { arn } = ann.principal
  const statements = (name: string): object[] => [
    DELEGATE,
    { Effect: 'Allow', Principal: { AWS: name }, Action: 'kms:DescribeKey', Resource: '*' },
  ]
  const { arn: KeyId } = await service.createKey({ Policy: policyOf(...statements(arn)) }, rootOf(ACCOUNT))
  const parties = { GranteePrincipal: arn, RetiringPrincipal: arn }
  await service.ok('CreateGrant', { KeyId, ...parties, Operations: ['Encrypt'] }, rootOf(ACCOUNT))
  await service.iam('CreateRole', { RoleName: 'trusting', AssumeRolePolicyDocument: trust({ AWS: arn }) })
  await service.iam('UpdateUser', { UserName: 'ann', NewUserName: 'anna', NewPath: '/team/' })
  const successor = await service.user('ann')
  const renamed = `arn:aws:iam::${ACCOUNT}:user/team/anna`
  const anna = { ...ann, principal: { ...ann.principal, arn: renamed, userName: 'anna' } }
  const read = await keyPolicyOf(service, KeyId)
  assert.equal(read, policyOf(...statements(renamed)))
  assert.equal(await trustOf(service), trust({ AWS: renamed }))
  const { Grants } = await service.ok<{ Grants: object[] }>('ListGrants', { KeyId }, rootOf(ACCOUNT))
  assert.partialDeepStrictEqual(Grants, [{ GranteePrincipal: renamed, RetiringPrincipal: renamed }])
  const encrypt = { KeyId, Plaintext: 'eA==' }
  for (const _ of ['as it was put', 'put back as it was read']) {
    for (const [operation, input] of [
      ['DescribeKey', { KeyId }],
      ['Encrypt', encrypt],
    ] as const) {
      await service.ok(operation, input, anna)
      assert.match(await service.fault(operation, input, successor), /^AccessDeniedException/)
    }
    await service.ok('PutKeyPolicy', { KeyId, Policy: read }, rootOf(ACCOUNT))
  }
  const retirable = { RetiringPrincipal: renamed }
  const { Grants: hers } = await service.ok<{ Grants: { GrantId: string }[] }>(
    'ListRetirableGrants',
    retirable,
    rootOf(ACCOUNT),
  )
  assert.equal(hers.length, 1)
  await service.ok('RetireGrant', { KeyId, GrantId: hers[0]?.GrantId }, anna)
})

test('a user whose row of a name was removed is shown by its id, so that no successor takes its place', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { arn, principalId } = ann.principal
  const statement = { Effect: 'Allow', Principal: { AWS: arn }, Action: 'kms:DescribeKey', Resource: '*' }
  const { arn: KeyId } = await service.createKey({ Policy: policyOf(DELEGATE, statement) }, rootOf(ACCOUNT))
  const { store, random, directory } = service.services
  const names = [{ table: 'entity_name' as const, id: `${ACCOUNT}/user/ann` }]
  await store.commit({ id: random.uuid(), expect: [], put: [], delete: names, audit: [] })
  await directory.catchUp()
  const successor = await service.user('ann')
  assert.notEqual(successor.principal.principalId, principalId)
  const read = await keyPolicyOf(service, KeyId)
  assert.equal(read, policyOf(DELEGATE, { ...statement, Principal: { AWS: principalId } }))
  const put = { KeyId, Policy: read }
  assert.equal(await service.fault('PutKeyPolicy', put, rootOf(ACCOUNT)), INVALID_IN_KEY_POLICY)
  assert.match(await service.fault('DescribeKey', { KeyId }, successor), /^AccessDeniedException/)
})

test('a grant of an earlier build, listed under ARNs, is used, listed and retired as before, and by its first grantee alone', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { arn, principalId } = ann.principal
  const { arn: KeyId, keyId } = await service.createKey({}, rootOf(ACCOUNT))
  const { store, records, directory } = service.services
  const [grantId, visibleMs] = ['a'.repeat(64), service.clock.now()]
  const party = { arn, principalId }
  const record: GrantRecord = {
    grantId,
    keyId,
    region: REGION,
    accountId: ACCOUNT,
    name: 'old',
    operations: ['DescribeKey'],
    grantee: party,
    retiring: party,
    issuingAccount: ACCOUNT,
    createdMs: visibleMs,
    visibleMs,
  }
  const changes = new Changeset()
  addGrant(record, changes)
  await records.commit(changes)
  await directory.catchUp()
  await service.ok('DescribeKey', { KeyId }, ann)
  const lists = async (): Promise<number[]> => {
    const all = [
      service.ok<{ Grants: object[] }>('ListGrants', { KeyId, GranteePrincipal: arn }, rootOf(ACCOUNT)),
      service.ok<{ Grants: object[] }>('ListRetirableGrants', { RetiringPrincipal: arn }, rootOf(ACCOUNT)),
    ]
    return (await Promise.all(all)).map(({ Grants }) => Grants.length)
  }
  assert.deepEqual(await lists(), [1, 1])
  await service.iam('DeleteUser', { UserName: 'ann' })
  const successor = await service.user('ann')
  assert.deepEqual(await lists(), [0, 0])
  assert.match(await service.fault('DescribeKey', { KeyId }, successor), /^AccessDeniedException/)
  assert.match(await service.fault('RetireGrant', { KeyId, GrantId: grantId }, successor), /^AccessDeniedException/)
  await service.ok('RetireGrant', { KeyId, GrantId: grantId }, rootOf(ACCOUNT))
  for (const [table, owner] of [
    ['grant', `${REGION}/${keyId}`],
    ['grant_name', `${REGION}/${keyId}`],
    ['retirable', `${REGION}/${arn}`],
  ] as const) {
    assert.deepEqual(await store.listByOwner(table, owner, { limit: 1 }), [], table)
  }
})
