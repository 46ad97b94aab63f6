import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Directory } from '../../../src/identity/directory/directory.ts'
import { RESOURCE_QUOTAS } from '../../../src/domain/keys/quotas.ts'
import { requireRoomForKey } from '../../../src/services/kms/quota-rules.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { addService } from '../../support/identities.ts'
import { rowsBeside } from '../../support/rows-beside.ts'
import { ACCOUNT, callerOf, OTHER_ACCOUNT, REGION, TestService } from '../../support/service.ts'

const PLACE = { accountId: ACCOUNT, region: REGION }
const MANY = 'LimitExceededException: An account has at most 100000 KMS keys in a Region.'

/** Asks for room where the account has so many keys in the Region beside those that were made. */
async function roomBeside(service: TestService, keys: number): Promise<void> {
  const { store, directory } = service.services
  const { countByOwner } = store
  rowsBeside(service, `${ACCOUNT}/${REGION}`, keys)
  try {
    // A directory of its own has counted nothing yet.
    const services = { ...service.services, directory: new Directory(service.services) }
    await directory.catchUp()
    await requireRoomForKey(PLACE, { services, changes: new Changeset() })
  } finally {
    store.countByOwner = countByOwner
  }
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
  assert.equal(await faultOf(roomBeside(service, keys - 1)), undefined)
  assert.equal(await faultOf(roomBeside(service, keys)), MANY)
})

test('CreateKey and ReplicateKey ask for room, each in the Region of the new key', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey({ MultiRegion: true })
  rowsBeside(service, `${ACCOUNT}/us-west-2`, 100_000)
  assert.equal(await service.fault('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'us-west-2' }), MANY)
  await service.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'eu-west-1' })
  assert.equal(await service.fault('CreateKey', {}, callerOf(ACCOUNT, 'us-west-2')), MANY)
  await service.createKey({}, callerOf(OTHER_ACCOUNT, 'us-west-2'))
})

test('keys are counted once, for all creators, and again only near the limit', async () => {
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
  await service.ok('DescribeKey', { KeyId: 'alias/aws/s3' })
  assert.equal(await faultOf(roomBeside(service, RESOURCE_QUOTAS.keys - 1)), undefined)
  assert.equal(await faultOf(roomBeside(service, RESOURCE_QUOTAS.keys)), MANY)
  await addService(service, 'backup.amazonaws.com', ACCOUNT)
  assert.equal(await faultOf(roomBeside(service, RESOURCE_QUOTAS.keys)), undefined)
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
