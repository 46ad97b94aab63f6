import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Directory } from '../../../src/directory/directory.ts'
import { RESOURCE_QUOTAS } from '../../../src/keys/quotas.ts'
import { requireRoomForKey } from '../../../src/operations/kms/quota-rules.ts'
import type { Services } from '../../../src/operations/services.ts'
import { addService } from '../../support/identities.ts'
import { ACCOUNT, callerOf, OTHER_ACCOUNT, REGION, TestService } from '../../support/service.ts'

const PLACE = { accountId: ACCOUNT, region: REGION }
const MANY = 'LimitExceededException: An account has at most 100000 KMS keys in a Region.'

/** The service's own parts, in which every account has this many keys in each Region. */
function withKeys({ store, hierarchy }: Services, keys: number): Pick<Services, 'store' | 'hierarchy' | 'directory'> {
  const count: Directory['count'] = async (_table, _owner, { most }) => Math.min(keys, most)
  return { hierarchy, store, directory: { count } as Directory }
}

async function faultOf(check: Promise<void>): Promise<string | undefined> {
  return check.then(
    () => undefined,
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  )
}

test('an account has 100,000 keys in a Region and not one more', async () => {
  await using service = await TestService.open()
  const { keys } = RESOURCE_QUOTAS
  assert.equal(await faultOf(requireRoomForKey(PLACE, withKeys(service.services, keys - 1))), undefined)
  assert.equal(await faultOf(requireRoomForKey(PLACE, withKeys(service.services, keys))), MANY)
})

test('CreateKey and ReplicateKey ask for room, each in the Region of the new key', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey({ MultiRegion: true })
  const { directory } = service.services
  const { count } = directory
  directory.count = async (table, owner, limits) =>
    owner === `${ACCOUNT}/us-west-2` ? limits.most : count.call(directory, table, owner, limits)
  assert.equal(await service.fault('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'us-west-2' }), MANY)
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'eu-west-1' })
  assert.equal(await service.fault('CreateKey', {}, callerOf(ACCOUNT, 'us-west-2')), MANY)
  await service.createKey({}, callerOf(OTHER_ACCOUNT, 'us-west-2'))
})

test('keys are counted once, whoever makes more of them, and only near the limit again', async () => {
  await using service = await TestService.open()
  const { store } = service.services
  const { countByOwner } = store
  let countings = 0
  store.countByOwner = (...wanted) => {
    countings++
    return countByOwner.call(store, ...wanted)
  }
  for (let made = 0; made < 3; made++) await service.createKey()
  assert.equal(countings, 1)
  await service.createKey({}, callerOf(OTHER_ACCOUNT))
  assert.equal(countings, 2)
})

test('keys that AWS manages do not count, and those of an operator’s account have no limit', async () => {
  await using service = await TestService.open()
  const full = withKeys(service.services, RESOURCE_QUOTAS.keys)
  await service.ok('DescribeKey', { KeyId: 'alias/aws/s3' })
  await service.services.directory.catchUp()
  assert.equal(await faultOf(requireRoomForKey(PLACE, full)), undefined)
  const more = withKeys(service.services, RESOURCE_QUOTAS.keys + 1)
  assert.equal(await faultOf(requireRoomForKey(PLACE, more)), MANY)
  await addService(service, 'backup.amazonaws.com', ACCOUNT)
  assert.equal(await faultOf(requireRoomForKey(PLACE, more)), undefined)
})

test('a key has 50 aliases, whether they are made for it or moved to it', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  const other = await service.createKey()
  for (let index = 0; index < 50; index++) {
    await service.ok('CreateAlias', { AliasName: `alias/${index}`, TargetKeyId: keyId })
  }
  const many = 'LimitExceededException: A KMS key has at most 50 aliases.'
  assert.equal(await service.fault('CreateAlias', { AliasName: 'alias/50', TargetKeyId: keyId }), many)
  await service.ok('CreateAlias', { AliasName: 'alias/50', TargetKeyId: other.keyId })
  assert.equal(await service.fault('UpdateAlias', { AliasName: 'alias/50', TargetKeyId: keyId }), many)
  await service.ok('UpdateAlias', { AliasName: 'alias/0', TargetKeyId: keyId })
  await service.ok('DeleteAlias', { AliasName: 'alias/0' })
  await service.ok('UpdateAlias', { AliasName: 'alias/50', TargetKeyId: keyId })
})

test('policies have 32,768 bytes, tags are 50 in all', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  const policy = (bytes: number): string => `{${' '.repeat(bytes - 2)}}`
  await service.ok('PutKeyPolicy', { KeyId: keyId, Policy: policy(32_768) })
  assert.equal(
    await service.fault('PutKeyPolicy', { KeyId: keyId, Policy: policy(32_769) }),
    'LimitExceededException: Key policies are limited to 32768 bytes.',
  )
  const tags = (first: number, count: number): object[] =>
    Array.from({ length: count }, (_, index) => ({ TagKey: `t${first + index}`, TagValue: '' }))
  await service.ok('TagResource', { KeyId: keyId, Tags: tags(0, 50) })
  await service.ok('TagResource', { KeyId: keyId, Tags: tags(0, 50) })
  assert.equal(await service.fault('TagResource', { KeyId: keyId, Tags: tags(50, 1) }), 'TagException: Too many tags')
})
