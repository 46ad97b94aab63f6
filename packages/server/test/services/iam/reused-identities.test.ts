/** What belongs to a user, group or service by its id, when rows were removed and the name is used a second time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccount } from '../../../src/admin/operator/accounts.ts'
import { createService } from '../../../src/admin/operator/services.ts'
import type { TableName } from '../../../src/vault/storage/table-name.ts'
import { ACCOUNT, TestService } from '../../support/service.ts'
import { whoSigns } from '../../support/sessions.ts'
import { allow, document, listOf } from './support.ts'

/** What an attacker does who can write the database and lacks the root. */
async function removeRows({ services }: TestService, ...rows: [TableName, string][]): Promise<void> {
  const removed = rows.map(([table, id]) => ({ table, id }))
  await services.store.commit({ id: services.random.uuid(), expect: [], put: [], delete: removed, audit: [] })
  await services.directory.catchUp()
}

test('a group that gets the name of one that is gone has none of its members, who are refused', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { Group } = await service.iam<{ Group: { GroupId: string } }>('CreateGroup', { GroupName: 'all' })
  await service.iam('AddUserToGroup', { GroupName: 'all', UserName: 'ann' })
  await removeRows(service, ['group', Group.GroupId], ['entity_name', `${ACCOUNT}/group/all`])
  await service.iam('CreateGroup', { GroupName: 'all' })
  const policy = { GroupName: 'all', PolicyName: 'p', PolicyDocument: document(allow('kms:*')) }
  await service.iam('PutGroupPolicy', policy)
  assert.match(await service.fault('ListKeys', {}, ann), /^KMSInternalException/)
  const { Users } = await service.iam<{ Users: unknown }>('GetGroup', { GroupName: 'all' })
  assert.deepEqual(listOf(Users), [])
})

test('access keys, policies and sessions of a user who is gone are not those of a successor', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  const { AccessKey } = await service.iam<{ AccessKey: Record<'AccessKeyId' | 'SecretAccessKey', string> }>(
    'CreateAccessKey',
    { UserName: 'ann' },
  )
  const { Credentials } = await service.sts<{ Credentials: Parameters<typeof whoSigns>[1] }>('GetSessionToken', {}, ann)
  const credentials = [{ ...AccessKey, SessionToken: undefined as unknown as string }, Credentials]
  for (const one of credentials) {
    assert.equal((await whoSigns(service, one)).identityId, ann.identityId)
  }
  const rows: [TableName, string][] = [['entity_name', `${ACCOUNT}/user/ann`]]
  await removeRows(service, ...rows, ['principal', ann.principal.principalId])
  const successor = await service.user('ann')
  assert.notEqual(successor.identityId, ann.identityId)
  for (const one of credentials) await assert.rejects(whoSigns(service, one))
  const { AccessKeyMetadata } = await service.iam<{ AccessKeyMetadata: unknown }>('ListAccessKeys', { UserName: 'ann' })
  assert.deepEqual(listOf(AccessKeyMetadata), [])
})

test('a service whose row was removed is not registered again while keys of it are there', async () => {
  await using service = await TestService.open('on', { accounts: [] })
  const context = { ...service.engine, operator: { user: 'tester' } }
  ;(await createAccount({ accountId: ACCOUNT, userName: 'administrator' }, context)).secretAccessKey.wipe()
  ;(await createService('backup.example.internal', context)).secretAccessKey.wipe()
  await removeRows(service, ['principal', 'backup.example.internal'])
  await assert.rejects(createService('backup.example.internal', context), /has access keys of a service/)
})
