import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readRecords } from '../../../../src/audit/read-records.ts'
import { toCloudTrail } from '../../../../src/audit/cloudtrail.ts'
import { storedAccessKeys } from '../../../../src/identity/authentication/stored-access-keys.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { allow, arnOf, document, listOf } from '../support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
})
after(() => service[Symbol.asyncDispose]())

interface AccessKey {
  UserName: string
  AccessKeyId: string
  Status: string
  SecretAccessKey: string
  CreateDate: string
}

const create = async (UserName: string): Promise<AccessKey> =>
  (await service.iam<{ AccessKey: AccessKey }>('CreateAccessKey', { UserName })).AccessKey

/** What authentication finds for the key: its secret, where it may be used. */
const usable = async (accessKeyId: string): Promise<string | undefined> => {
  const { directory, hierarchy } = service.services
  await directory.catchUp()
  const key = await storedAccessKeys(directory, hierarchy).find(accessKeyId, undefined)
  return key?.active ? Buffer.from(key.secret.reveal()).toString() : undefined
}

test('a new key is shown with its secret once, and authenticates its user', async () => {
  await service.iam('CreateUser', { UserName: 'Keyed' })
  const key = await create('keyed')
  assert.match(key.AccessKeyId, /^AKIA[A-Z2-7]{16}$/)
  assert.match(key.SecretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  assert.deepEqual([key.UserName, key.Status, key.CreateDate], ['Keyed', 'Active', '2026-01-01T00:00:00Z'])
  assert.equal(await usable(key.AccessKeyId), key.SecretAccessKey)
  const list = await service.iam<{ AccessKeyMetadata: object[] }>('ListAccessKeys', { UserName: 'keyed' })
  const { SecretAccessKey: _, ...metadata } = key
  assert.deepEqual(list, { AccessKeyMetadata: [metadata], IsTruncated: 'false' })
})

test('the audit record names the key and never holds its secret', async () => {
  await service.iam('CreateUser', { UserName: 'audited' })
  const { SecretAccessKey, AccessKeyId } = await create('audited')
  const records = []
  for await (const record of readRecords(join(service.folder, 'audit'))) records.push(record)
  const record = records.at(-1)
  assert(record)
  assert.equal(record.operation, 'CreateAccessKey')
  const { requestParameters, responseElements } = toCloudTrail(record)
  assert.deepEqual(JSON.parse(JSON.stringify([requestParameters, responseElements])), [
    { userName: 'audited' },
    {
      accessKey: {
        userName: 'audited',
        accessKeyId: AccessKeyId,
        status: 'Active',
        createDate: 'Jan 1, 2026, 12:00:00 AM',
      },
    },
  ])
  assert(!JSON.stringify(records).includes(SecretAccessKey))
})

test('a user has two keys at most', async () => {
  await service.iam('CreateUser', { UserName: 'two-keys' })
  const first = await create('two-keys')
  await create('two-keys')
  const refused = 'LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2'
  assert.equal(await service.iamFault('CreateAccessKey', { UserName: 'two-keys' }), refused)
  await service.iam('DeleteAccessKey', { UserName: 'two-keys', AccessKeyId: first.AccessKeyId })
  await create('two-keys')
})

test('a deactivated key does not authenticate until it is activated again; a deleted one never does', async () => {
  await service.iam('CreateUser', { UserName: 'switch' })
  const { AccessKeyId, SecretAccessKey } = await create('switch')
  const name = { UserName: 'switch', AccessKeyId }
  await service.iam('UpdateAccessKey', { ...name, Status: 'Inactive' })
  assert.equal(await usable(AccessKeyId), undefined)
  const { AccessKeyMetadata } = await service.iam<{ AccessKeyMetadata: AccessKey[] }>('ListAccessKeys', {
    UserName: 'switch',
  })
  assert.equal(AccessKeyMetadata[0]?.Status, 'Inactive')
  await service.iam('UpdateAccessKey', { ...name, Status: 'Active' })
  assert.equal(await usable(AccessKeyId), SecretAccessKey)
  await service.iam('DeleteAccessKey', name)
  assert.equal(await usable(AccessKeyId), undefined)
  const refused = `NoSuchEntity: The Access Key with id ${AccessKeyId} cannot be found.`
  assert.equal(await service.iamFault('DeleteAccessKey', name), refused)
  assert.equal(await service.iamFault('UpdateAccessKey', { ...name, Status: 'Active' }), refused)
  assert.match(await service.iamFault('UpdateAccessKey', { ...name, Status: 'Expired' }), /^ValidationError/)
})

test('a key is found only beside its user', async () => {
  await service.iam('CreateUser', { UserName: 'owner' })
  await service.iam('CreateUser', { UserName: 'neighbour' })
  const { AccessKeyId } = await create('owner')
  const refused = `NoSuchEntity: The Access Key with id ${AccessKeyId} cannot be found.`
  assert.equal(await service.iamFault('DeleteAccessKey', { UserName: 'neighbour', AccessKeyId }), refused)
  await service.iam('CreateUser', { UserName: 'owner' }, rootOf(OTHER_ACCOUNT))
  assert.equal(
    await service.iamFault('DeleteAccessKey', { UserName: 'owner', AccessKeyId }, rootOf(OTHER_ACCOUNT)),
    refused,
  )
  assert.equal(await service.iamFault('GetAccessKeyLastUsed', { AccessKeyId }, rootOf(OTHER_ACCOUNT)), refused)
})

test('a user who names no user manages their own keys', async () => {
  const caller = await service.user('rotating')
  await service.iam('PutUserPolicy', {
    UserName: 'rotating',
    PolicyName: 'own-keys',
    PolicyDocument: document(allow('iam:*AccessKey*', arnOf('user/${aws:username}'))),
  })
  const { AccessKey } = await service.iam<{ AccessKey: AccessKey }>('CreateAccessKey', {}, caller)
  const { AccessKeyId } = AccessKey
  await service.iam('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' }, caller)
  await service.iam('GetAccessKeyLastUsed', { AccessKeyId }, caller)
  const { AccessKeyMetadata } = await service.iam<{ AccessKeyMetadata: unknown }>('ListAccessKeys', {}, caller)
  assert.deepEqual(
    listOf(AccessKeyMetadata).map(({ UserName }) => UserName),
    ['rotating'],
  )
  await service.iam('DeleteAccessKey', { AccessKeyId }, caller)
  assert.match(await service.iamFault('CreateAccessKey', {}), /^ValidationError: Must specify userName/)
})

test('a denial of its last use is the same for keys of every owner and for one that does not exist', async () => {
  const caller = await service.user('curious')
  const keys = ['AKIANOBODYSKEY77777A']
  for (const [UserName, admin] of [
    ['secretive', rootOf(ACCOUNT)],
    ['secretive', rootOf(OTHER_ACCOUNT)],
  ] as const) {
    await service.iam('CreateUser', { UserName }, admin)
    const { AccessKey } = await service.iam<{ AccessKey: AccessKey }>('CreateAccessKey', { UserName }, admin)
    keys.push(AccessKey.AccessKeyId)
  }
  const denials = async (): Promise<string[]> =>
    Promise.all(
      keys.map(async (AccessKeyId) => {
        const fault = await service.iamFault('GetAccessKeyLastUsed', { AccessKeyId }, caller)
        return fault.replaceAll(AccessKeyId, 'KEY')
      }),
    )
  const action = 'iam:GetAccessKeyLastUsed'
  const denied =
    `AccessDenied: User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: access key KEY ` +
    `because no identity-based policy allows the ${action} action`
  assert.deepEqual(await denials(), [denied, denied, denied])
  // Nor does it say that a policy denies it for one of them.
  await service.iam('PutUserPolicy', {
    UserName: 'curious',
    PolicyName: 'not-his',
    PolicyDocument: document({ Effect: 'Deny', Action: 'iam:*', Resource: arnOf('user/secretive') }),
  })
  assert.deepEqual(await denials(), [denied, denied, denied])
})

test('the last use of a key is told as soon as it is noted, and outlives the process once it is written down', async () => {
  await service.iam('CreateUser', { UserName: 'used' })
  const { AccessKeyId } = await create('used')
  const lastUsed = async (): Promise<unknown> => service.iam('GetAccessKeyLastUsed', { AccessKeyId })
  assert.deepEqual(await lastUsed(), { UserName: 'used', AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } })
  const { accessKeyUses } = service.services
  const usedMs = Date.UTC(2026, 2, 3, 4, 5, 6)
  accessKeyUses.note(AccessKeyId, { usedMs, service: 'kms', region: 'eu-west-1' })
  const used = { ServiceName: 'kms', Region: 'eu-west-1', LastUsedDate: '2026-03-03T04:05:06Z' }
  assert.deepEqual(await lastUsed(), { UserName: 'used', AccessKeyLastUsed: used })
  await accessKeyUses.flush()
  assert.deepEqual(await lastUsed(), { UserName: 'used', AccessKeyLastUsed: used })
  await service.iam('DeleteAccessKey', { UserName: 'used', AccessKeyId })
  assert.equal(await service.services.store.get('access_key_use', AccessKeyId), undefined)
})
