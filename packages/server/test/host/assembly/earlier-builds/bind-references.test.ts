import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { bindReferences } from '../../../../src/host/assembly/earlier-builds/bind-references.ts'
import { createAccount } from '../../../../src/admin/operator/accounts.ts'
import { writeRows } from '../../../support/raw-rows.ts'
import type { Commit, Row } from '../../../../src/vault/storage/store.ts'
import type { TableName } from '../../../../src/vault/storage/table-name.ts'
import { ACCOUNT, REGION, rootOf, TestService } from '../../../support/service.ts'
import { trust } from '../../../support/sessions.ts'
import { addPolicy, ADMINISTRATOR, arnOf, allow, document } from '../../../services/iam/support.ts'

type Body = Record<string, unknown>

async function readRow({ services }: TestService, table: TableName, id: string): Promise<Row> {
  const row = await services.store.get(table, id)
  assert.ok(row, id)
  return services.hierarchy.verify(row)
}

/** Writes a row as a build did that knew references by ARN alone. */
async function makeOld(service: TestService, table: TableName, id: string, change: Body): Promise<void> {
  const { hierarchy, directory } = service.services
  const { mac: _, ...row } = await readRow(service, table, id)
  const body = JSON.stringify({ ...(JSON.parse(row.body) as Body), ...change })
  await writeRows(service.services, (await hierarchy.complete({ ...row, version: row.version + 1, body })).row)
  await directory.catchUp()
}

/** A folder of an earlier build: a user with policies and a boundary, and a group with a policy that is not there. */
async function openOld(): Promise<{
  service: TestService
  policyId: string
  userId: string
  groupId: string
  ann: Caller
}> {
  const service = await TestService.open('on', { accounts: [] })
  const context = { ...service.engine, operator: { user: 'tester' } }
  ;(await createAccount({ accountId: ACCOUNT, userName: 'administrator' }, context)).secretAccessKey.wipe()
  const own = await addPolicy(service, 'own', 'kms:*')
  const { Policy } = await service.iam<{ Policy: { PolicyId: string } }>('GetPolicy', { PolicyArn: own })
  const ann = await service.user('ann')
  const userId = ann.principal.principalId
  const { Group } = await service.iam<{ Group: { GroupId: string } }>('CreateGroup', { GroupName: 'all' })
  await makeOld(service, 'principal', userId, { attached: [ADMINISTRATOR, own], boundary: own })
  await makeOld(service, 'group', Group.GroupId, { attached: [arnOf('policy/none')] })
  return { service, policyId: Policy.PolicyId, userId, groupId: Group.GroupId, ann }
}

test('references of an earlier build mean the current owner of the ARN until they are bound', async () => {
  const { service, userId, ann } = await openOld()
  await using _ = service
  const permissions = await service.services.directory.permissions(userId)
  assert.deepEqual(permissions?.record.attached, [{ arn: ADMINISTRATOR }, { arn: arnOf('policy/own') }])
  assert.deepEqual(permissions?.record.boundary, { arn: arnOf('policy/own') })
  assert.equal(permissions?.identity.policies.length, 2)
  await service.iam('DetachUserPolicy', { UserName: 'ann', PolicyArn: ADMINISTRATOR })
  await service.ok('ListKeys', {}, ann)
})

test('binding gives each reference the id of the policy that has its ARN, once', async () => {
  const { service, policyId, userId, groupId } = await openOld()
  await using _ = service
  const before = await readRow(service, 'principal', userId)
  await bindReferences(service.engine)
  const row = await readRow(service, 'principal', userId)
  const { attached, boundary } = JSON.parse(row.body) as Body
  const own = { arn: arnOf('policy/own'), id: policyId }
  assert.deepEqual({ attached, boundary }, { attached: [{ arn: ADMINISTRATOR }, own], boundary: own })
  assert.equal(row.version, before.version + 1)
  const group = await readRow(service, 'group', groupId)
  assert.deepEqual((JSON.parse(group.body) as Body)['attached'], [{ arn: arnOf('policy/none'), id: 'missing' }])
  await bindReferences(service.engine)
  assert.deepEqual(await readRow(service, 'principal', userId), row)
})

test('a row that changes meanwhile is bound as it is then', async () => {
  const { service, policyId, userId } = await openOld()
  await using _ = service
  const { store } = service.services
  const commit = store.commit.bind(store)
  let changed = false
  const racing = mock.method(store, 'commit', async (one: Commit) => {
    if (!changed && one.put.some(({ id }) => id === userId)) {
      changed = true
      await makeOld(service, 'principal', userId, { attached: [arnOf('policy/own')] })
    }
    return commit(one)
  })
  await bindReferences(service.engine)
  racing.mock.restore()
  assert.ok(changed)
  const { attached } = JSON.parse((await readRow(service, 'principal', userId)).body) as Body
  assert.deepEqual(attached, [{ arn: arnOf('policy/own'), id: policyId }])
})

test('what was missing when references were bound stays missing when its name is used', async () => {
  const { service } = await openOld()
  await using _ = service
  await bindReferences(service.engine)
  const ben = await service.user('ben')
  await service.iam('AddUserToGroup', { GroupName: 'all', UserName: 'ben' })
  await service.iam('CreatePolicy', { PolicyName: 'none', PolicyDocument: document(allow('*')) })
  assert.match(await service.fault('ListKeys', {}, ben), /^KMSInternalException/)
  await service.iam('DetachGroupPolicy', { GroupName: 'all', PolicyArn: arnOf('policy/none') })
  assert.match(await service.fault('ListKeys', {}, ben), /^AccessDeniedException/)
})

test('a key policy of the first builds, which is text alone, is bound to those who have its names then', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const statement = (AWS: string, Action: string): object => ({
    Effect: 'Allow',
    Principal: { AWS },
    Action,
    Resource: '*',
  })
  const Policy = document(
    statement(ACCOUNT, 'kms:*'),
    statement(ann.principal.arn, 'kms:DescribeKey'),
    statement(arnOf('user/ben'), 'kms:DescribeKey'),
  )
  const { arn: KeyId, keyId } = await service.createKey({}, rootOf(ACCOUNT))
  const untouched = await service.createKey({}, rootOf(ACCOUNT))
  const { hierarchy, directory } = service.services
  const id = `${REGION}/${keyId}`
  const { mac: _, ...row } = await readRow(service, 'policy', id)
  const old = (await hierarchy.complete({ ...row, version: row.version + 1, body: Policy })).row
  await writeRows(service.services, old)
  await directory.catchUp()
  const before = await readRow(service, 'policy', `${REGION}/${untouched.keyId}`)
  await service.ok('DescribeKey', { KeyId }, ann)

  await bindReferences(service.engine)
  await service.ok('DescribeKey', { KeyId }, ann)
  const ben = await service.user('ben')
  assert.match(await service.fault('DescribeKey', { KeyId }, ben), /^AccessDeniedException/)
  await service.iam('DeleteUser', { UserName: 'ann' })
  const successor = await service.user('ann')
  assert.match(await service.fault('DescribeKey', { KeyId }, successor), /^AccessDeniedException/)
  const read = await service.ok('GetKeyPolicy', { KeyId }, rootOf(ACCOUNT))
  assert.equal(read['Policy'], Policy.replace(ann.principal.arn, ann.principal.principalId))
  assert.deepEqual(await readRow(service, 'policy', `${REGION}/${untouched.keyId}`), before)
})

test('a trust policy that names users without their ids is bound to those who have the names then, and at a second time too', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const names = { AWS: [ann.principal.arn, arnOf('user/ben')] }
  const text = trust(names)
  const makeUnbound = async (RoleName: string): Promise<() => Promise<unknown>> => {
    const AssumeRolePolicyDocument = trust({ AWS: ACCOUNT })
    const { Role } = await service.iam<{ Role: { RoleId: string } }>('CreateRole', {
      RoleName,
      AssumeRolePolicyDocument,
    })
    await makeOld(service, 'principal', Role.RoleId, { trust: { text } })
    return async () => (JSON.parse((await readRow(service, 'principal', Role.RoleId)).body) as Body)['trust']
  }
  const bound = { text, bindings: { [ann.principal.arn]: ann.principal.principalId } }
  const first = await makeUnbound('first')
  await bindReferences(service.engine)
  assert.deepEqual(await first(), bound)
  const second = await makeUnbound('second')
  await bindReferences(service.engine)
  assert.deepEqual(await second(), { text })
  await bindReferences(service.engine, { again: true })
  assert.deepEqual([await first(), await second()], [bound, bound])
})

test('the rows of keys get the names of aliases that only rows of their own had', async () => {
  const service = await TestService.open()
  await using _ = service
  const { keyId } = await service.createKey()
  for (const name of ['b', 'a']) await service.ok('CreateAlias', { AliasName: `alias/${name}`, TargetKeyId: keyId })
  const other = await service.createKey()
  for (const id of [keyId, other.keyId]) await service.force(id, { aliases: undefined })

  const id = `${REGION}/${keyId}`
  await bindReferences(service.engine)
  const row = await readRow(service, 'key', id)
  assert.deepEqual((JSON.parse(row.body) as Body)['aliases'], ['alias/a', 'alias/b'])
  const untouched = await readRow(service, 'key', `${REGION}/${other.keyId}`)
  assert.equal((JSON.parse(untouched.body) as Body)['aliases'], undefined)

  await bindReferences(service.engine)
  assert.equal((await readRow(service, 'key', id)).version, row.version)
})
